// Looks at everything a stack needs and says what is wrong, and what would set it right.

import { hasOwnTemporal, resolveConnections } from '../../config/connection.ts';
import type { Environment } from '../../config/home.ts';
import { checkComponents, checkDisk, checkNode, checkPorts } from './doctor/machine.ts';
import { checkLeftovers, checkParts, checkSupervisor } from './doctor/parts.ts';
import { checkStore, checkTemporal } from './doctor/servers.ts';
import { livingHolder } from './process-lock.ts';
import type { Components } from './servers.ts';
import { stackPaths } from './stack-paths.ts';
import { stackStatus } from './status.ts';
import type { SearchAttributes } from './temporal-client.ts';

export interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  /** What was found, in one line. */
  detail: string;
  /** What to do about it. */
  fix?: string;
}

export interface DoctorOptions {
  home: string;
  /** Known executables; undefined where none was found. */
  components: Components;
  /** @default process.env */
  environment?: Environment;
  searchAttributes: SearchAttributes;
  /** Task queues that a worker must be asking for work. */
  queues: readonly string[];
}

/** All checks, side by side; changes nothing; the probe of the store removes what it wrote. Never throws: a check that can't be made has failed. */
export async function runDoctor(options: DoctorOptions): Promise<Check[]> {
  const { home, components, environment = process.env } = options;
  const paths = stackPaths(home);
  const status = () => stackStatus({ home });
  const connections = () => resolveConnections({ ...environment, DIGITFLOW_HOME: home });
  const isRunning = livingHolderOf(paths.lock);
  const named: [string, () => Promise<Check[]> | Check[]][] = [
    ['node', () => [checkNode(process.versions.node)]],
    ['disk', () => checkDisk(home)],
    ['components', () => checkComponents(components)],
    ['ports', () => (isRunning ? [] : checkPorts(paths.ports))],
    ['supervisor', async () => [checkSupervisor(await status())]],
    ['leftovers', () => (isRunning ? [] : [checkLeftovers(paths)])],
    ['parts', async () => checkParts(await status())],
    ...(isRunning || (hasOwnTemporal(environment) && environment['S3_ENDPOINT'])
      ? ([
          ['temporal', () => checkTemporal(connections().temporal, options)],
          ['store', async () => [await checkStore(connections().store)]],
        ] satisfies [string, () => Promise<Check[]>][])
      : []),
  ];
  const checks = await Promise.all(
    named.map(async ([name, check]) => {
      try {
        return await check();
      } catch (error) {
        return [{ name, state: 'failed' as const, detail: (error as Error).message }];
      }
    }),
  );
  return checks.flat();
}

function livingHolderOf(lock: string): boolean {
  try {
    return livingHolder(lock) !== undefined;
  } catch {
    return false; // the check of the supervisor tells of the damaged lock
  }
}
