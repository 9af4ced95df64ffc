// The models of a pool: which there are, which one answers, and how many frames each still has to finish.

import type { LoadedModel } from '../load-model.ts';
import type { ModelIdentity } from '../serving.ts';
import { NoModel, UnknownVersion } from './errors.ts';

export interface HeldModel {
  /** Stands for it in messages to threads; never used twice. */
  readonly handle: number;
  readonly identity: ModelIdentity;
  readonly model: LoadedModel;
  state: 'loading' | 'loaded' | 'leaving';
  /** Frames taken for it and not answered yet. */
  readonly uses: number;
  /** Counts a frame in. @returns counts it out; to be called once */
  take(): () => void;
  /** Resolves when no frame is left. */
  unused(): Promise<void>;
}

export interface HeldModels {
  all(): HeldModel[];
  find(digest: string): HeldModel | undefined;
  add(model: LoadedModel): HeldModel;
  remove(held: HeldModel): void;
  /** @throws UnknownVersion when it is not loaded */
  use(digest: string): void;
  /** The model for a frame that comes now. @throws NoModel, UnknownVersion */
  pick(version: number | undefined): HeldModel;
}

export function createHeldModels(): HeldModels {
  const held = new Map<string, HeldModel>();
  let current: HeldModel | undefined;
  let lastHandle = 0;
  const loaded = (): HeldModel[] => [...held.values()].filter(({ state }) => state === 'loaded');
  return {
    all: () => [...held.values()],
    find: (digest) => held.get(digest),
    add(model) {
      const added = createHeldModel(++lastHandle, model);
      held.set(model.identity.digest, added);
      return added;
    },
    remove(gone) {
      if (held.get(gone.identity.digest) === gone) held.delete(gone.identity.digest);
      if (current === gone) current = undefined;
    },
    use(digest) {
      const wanted = held.get(digest);
      if (wanted?.state !== 'loaded')
        throw new UnknownVersion(
          digest,
          loaded().map(({ identity }) => identity.digest),
        );
      current = wanted;
    },
    pick(version) {
      if (version === undefined || current?.identity.version === version) {
        if (current === undefined) throw new NoModel();
        return current;
      }
      const models = loaded();
      const wanted = models.find(({ identity }) => identity.version === version);
      if (wanted !== undefined) return wanted;
      throw new UnknownVersion(
        version,
        models.map(({ identity }) => identity.version),
      );
    },
  };
}

function createHeldModel(handle: number, model: LoadedModel): HeldModel {
  let uses = 0;
  const waiting: (() => void)[] = [];
  return {
    handle,
    identity: { ...model.identity },
    model,
    state: 'loading',
    get uses() {
      return uses;
    },
    take() {
      uses++;
      return () => {
        uses--;
        if (uses === 0) for (const resolve of waiting.splice(0)) resolve();
      };
    },
    unused: () => (uses === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
