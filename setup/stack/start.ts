// Starting a stack, or using the one that runs.

import type { Environment } from '../../config/home.ts';
import { type AttachedStack, waitForStack } from './attach.ts';
import type { Report } from './events.ts';
import { ensureFolder } from './files.ts';
import { tryLock } from './process-lock.ts';
import { DEFAULT_RESTART_POLICY, type RestartPolicy } from './restart-policy.ts';
import type { Components, StoreChoice } from './servers.ts';
import { stackPaths } from './stack-paths.ts';
import type { SearchAttributes } from './temporal-client.ts';
import { type SupervisedStack, supervise } from './supervisor.ts';
import type { WorkerSpec } from './worker-part.ts';

export interface StartOptions {
  home: string;
  /** Executables of what this stack starts itself; `neededComponents` says which. */
  components: Components;
  workers: readonly WorkerSpec[];
  /** What the workflows write: registered on our own server, required of somebody else's. */
  searchAttributes: SearchAttributes;
  /** @default 'minio'; S3_ENDPOINT in the environment goes before it */
  store?: StoreChoice;
  /** @default process.env */
  environment?: Environment;
  /** Hears of everything that happens. @default nobody */
  report?: Report;
  /** SIGINT, SIGTERM and SIGHUP stop the stack in order, a second one at once. @default true */
  handleSignals?: boolean;
  policy?: RestartPolicy;
}

export interface OwnedStack extends SupervisedStack {
  role: 'owner';
}

/**
 * Starts the stack of a home in this process and resolves when it is ready. Where one runs already, or is starting,
 * waits until that one is ready and uses it; `stop` then does nothing.
 * @throws PartFailed, StackInterrupted, ComponentMissing, ConflictingStores, MissingSearchAttributes, NotReady,
 *   DamagedHomeFile, MissingCredentials, ConditionalWritesIgnored, StoreUnavailable; nothing is left running then
 */
export async function startStack(options: StartOptions): Promise<OwnedStack | AttachedStack> {
  const {
    home,
    environment = process.env,
    report = () => undefined,
    store = 'minio',
    policy = DEFAULT_RESTART_POLICY,
    handleSignals = true,
  } = options;
  const paths = stackPaths(ensureFolder(home));
  for (;;) {
    const outcome = tryLock(paths.lock);
    if (outcome.outcome === 'held') {
      const supervised = await supervise(outcome.lock, {
        ...options,
        paths,
        environment,
        report,
        store,
        policy,
        handleSignals,
      });
      return { role: 'owner', ...supervised };
    }
    const attached = await waitForStack(outcome.holder, { paths, environment, report });
    if (attached !== undefined) return attached;
  }
}
