// In which fields a run's configuration differs from what `{}` means.

import { resolveRunConfiguration } from '../../config/resolve.ts';
import { flatten } from '../format.ts';

export interface Difference {
  /** e.g. `train.trainSteps`. */
  key: string;
  /** undefined where the default has no such field, e.g. another kind of source. */
  default: unknown;
  value: unknown;
}

export function differencesFromDefaults(configuration: Record<string, unknown>): Difference[] {
  const defaults = new Map(flatten(resolveRunConfiguration({})));
  return flatten(configuration)
    .filter(([key, value]) => JSON.stringify(defaults.get(key)) !== JSON.stringify(value))
    .map(([key, value]) => ({ key, default: defaults.get(key), value }));
}
