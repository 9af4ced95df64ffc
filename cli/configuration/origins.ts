// Where each value of a resolved run configuration came from.

import { presets } from '../../config/presets.ts';
import type { RunConfiguration } from '../../config/schema.ts';
import { flatten } from '../format.ts';
import { parseAssignment, readFile, type SettingOptions } from '../settings.ts';

export interface ConfiguredValue {
  /** e.g. `train.trainSteps`. */
  key: string;
  value: unknown;
  /** `--set`, `--preset`, the file's path, `preset quick`, or `default`. */
  from: string;
}

/** Every value of a configuration that `readSettings` resolved from these options. @throws WrongUse */
export function configuredValues(
  resolved: RunConfiguration,
  options: SettingOptions,
  folder: string,
): ConfiguredValue[] {
  const preset = resolved.preset ?? 'builtin';
  // From the strongest to the weakest.
  const layers = [
    ...(options.set ?? []).toReversed().map((assignment) => layer('--set', parseAssignment(assignment))),
    layer('--preset', options.preset === undefined ? {} : { preset: options.preset }),
    layer(options.config ?? 'file', readFile(options, folder)),
    layer(`preset ${preset}`, presets[preset] ?? {}),
  ];
  return flatten(resolved).map(([key, value]) => {
    const text = JSON.stringify(value);
    const from = layers.find(({ values }) => values.get(key) === text)?.name ?? 'default';
    return { key, value, from };
  });
}

const layer = (name: string, input: unknown): { name: string; values: Map<string, string> } => ({
  name,
  values: new Map(flatten(input).map(([key, value]) => [key, JSON.stringify(value)])),
});
