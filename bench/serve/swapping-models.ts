// One published model under 201 versions: even ones have their class names moved by one, so that every label tells which
// version made it. It swaps as the model manager does: load into every thread, use, release the one before the last.

import type { LoadedModel } from '../../inference/load-model.ts';
import type { ModelHost } from '../../inference/pool/model-host.ts';
import type { ModelManager, ServedModel } from '../../inference/serving.ts';

export interface SwappingModels extends ModelManager {
  swapTo(version: number): Promise<void>;
}

export async function openSwappingModels(pool: ModelHost, model: LoadedModel): Promise<SwappingModels> {
  const listeners = new Set<(model: ServedModel) => void>();
  let current: ServedModel | undefined;
  let previous: ServedModel | undefined;
  const manager: SwappingModels = {
    modelName: model.identity.name,
    current: () => current,
    loaded: () => [current, previous].filter((one) => one !== undefined),
    states: () => manager.loaded().map(({ name, version }) => ({ name, version, state: 'READY' as const, reason: '' })),
    labels: () => (current === undefined ? {} : { stable: current.version }),
    onSwap(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
    async swapTo(version) {
      const next = versionOf(model, version);
      await pool.load(next);
      pool.use(next.identity.digest);
      const leaving = previous;
      previous = current;
      current = served(next);
      for (const listener of listeners) listener(current);
      if (leaving !== undefined) await pool.release(leaving.digest);
    },
  };
  await manager.swapTo(1);
  return manager;
}

function versionOf(model: LoadedModel, version: number): LoadedModel {
  const digits = model.classes.filter((name) => name !== 'none');
  const classes = version % 2 === 0 ? model.classes.map((name) => rotated(name, digits)) : model.classes;
  const identity = { ...model.identity, version, digest: version.toString(16).padStart(64, '0') };
  return { ...model, identity, classes };
}

const rotated = (name: string, digits: readonly string[]): string =>
  name === 'none' ? name : digits[(digits.indexOf(name) + 1) % digits.length]!;

const served = ({ identity, classes, threshold, preprocessing }: LoadedModel): ServedModel => ({
  ...identity,
  classes,
  threshold,
  preprocessing,
  loadedAt: new Date().toISOString(),
  record: {} as ServedModel['record'],
});
