// From what a person wrote to a whole run configuration, or one error that lists everything wrong with it.

import { distance } from 'fastest-levenshtein';
import type { core } from 'zod';
import { presets } from './presets.ts';
import {
  BUILTIN_SHARES,
  rerunSchema,
  runConfigurationSchema,
  type Rerun,
  type RunConfiguration,
  type RunConfigurationInput,
  type SingleSource,
} from './schema.ts';

/** Thrown when a run configuration has unknown keys, wrong types or impossible values. Lists them all. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
  readonly code = 'InvalidInput';
  readonly retryable = false;
  readonly problems: string[];
  constructor(problems: string[]) {
    super(
      `the run configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n  ${problems.join('\n  ')}`,
    );
    this.problems = problems;
  }
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values of `over` win; objects are merged; a source is replaced whole when its kind differs. */
export function merge(under: Json, over: Json): Json {
  const merged: Json = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    const otherKind = isObject(value) && isObject(below) && 'kind' in value && value['kind'] !== below['kind'];
    merged[key] = isObject(value) && isObject(below) && !otherKind && key !== 'shares' ? merge(below, value) : value;
  }
  return merged;
}

/**
 * Applies the preset, then every default.
 * @param input anything; undefined, null and `{}` mean the built-in dataset with the default recipe
 * @param machine defaults of the machine that runs it, under those of every preset
 * @throws InvalidInput with every problem found: where, expected, got
 */
export function resolveRunConfiguration(input: unknown, machine: RunConfigurationInput = {}): RunConfiguration {
  if (input === undefined || input === null) return resolveRunConfiguration({}, machine);
  if (!isObject(input)) throw new InvalidInput([`expected an object, got ${describe(input)}`]);
  const preset = input['preset'] ?? 'builtin';
  if (typeof preset !== 'string' || !Object.hasOwn(presets, preset))
    throw new InvalidInput([
      `preset: expected one of ${Object.keys(presets).join(', ')}, got ${describe(preset)}${suggest(preset, Object.keys(presets))}`,
    ]);
  const merged = merge(merge(machine, presets[preset] as Json), input);
  const parsed = runConfigurationSchema.safeParse(merged);
  if (!parsed.success) throw new InvalidInput(parsed.error.issues.flatMap((issue) => explain(issue, merged)));
  const configuration = withShares(parsed.data);
  const problems = impossible(configuration);
  if (problems.length > 0) throw new InvalidInput(problems);
  return configuration;
}

/** Of a mixed source the weights are the shares, also where a configuration comes with those of other weights. */
function withShares(configuration: RunConfiguration): RunConfiguration {
  const { source } = configuration.ingest;
  if (source.kind !== 'mixed') return configuration;
  const total = source.sources.reduce((sum, { weight }) => sum + weight, 0);
  const shares = Object.fromEntries(
    source.sources.flatMap(({ name, weight, source: { kind } }) =>
      kind === 'builtin'
        ? Object.entries(BUILTIN_SHARES).map(([slice, share]) => [slice, (share * weight) / total])
        : [[name, weight / total]],
    ),
  );
  return { ...configuration, augment: { ...configuration.augment, shares } };
}

/** What a run is started with: its configuration, and how it goes about what was done before. */
export interface RunInput {
  configuration: RunConfiguration;
  rerun: Rerun;
}

/**
 * Splits and resolves the input of a run.
 * @param machine as for `resolveRunConfiguration`
 * @throws InvalidInput with every problem of both parts
 */
export function resolveRunInput(input: unknown, machine: RunConfigurationInput = {}): RunInput {
  const { rerun: given = {}, ...configurationInput } = isObject(input) ? input : {};
  const rerun = rerunSchema.safeParse(given);
  const problems = rerun.success
    ? impossibleRerun(rerun.data)
    : rerun.error.issues.flatMap((issue) => explain({ ...issue, path: ['rerun', ...issue.path] }, input as Json));
  let configuration: RunConfiguration | undefined;
  try {
    configuration = resolveRunConfiguration(isObject(input) ? configurationInput : input, machine);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0 || configuration === undefined || rerun.data === undefined) throw new InvalidInput(problems);
  return { configuration, rerun: rerun.data };
}

function impossibleRerun({ only, from, of }: Rerun): string[] {
  if (only === undefined) return [];
  return [
    ...(from === undefined ? [] : ['rerun: only and from exclude each other']),
    // ingest reads no earlier step: alone it makes a dataset, and there need not be a run before it.
    ...(of === undefined && only !== 'ingest'
      ? ['rerun.of: expected the run whose recorded inputs `only` takes, got nothing']
      : []),
  ];
}

/**
 * Dotted keys over a configuration, each in its turn: { 'train.trainSteps': 500 }.
 * @param settings anything: it comes from a form
 * @throws InvalidInput when they can't be read, or name what can't be changed any more
 */
export function withSettings(configuration: RunConfiguration, settings: unknown): unknown {
  if (!isObject(settings))
    throw new InvalidInput([
      `set: expected dotted keys with values, e.g. {"train.trainSteps": 500}, got ${describe(settings)}`,
    ]);
  const problems = Object.keys(settings).flatMap((key) => wrongKey(key) ?? []);
  if (problems.length > 0) throw new InvalidInput(problems);
  return Object.entries(settings).reduce<Json>(
    (merged, [key, value]) => merge(merged, nested(key.split('.'), value)),
    configuration,
  );
}

function wrongKey(key: string): string | undefined {
  const path = key.split('.');
  if (path.some((part) => part === '' || part === '__proto__'))
    return `set: expected a dotted key, got ${JSON.stringify(key)}`;
  if (path[0] === 'preset')
    return 'set: a preset only fills in defaults, and this run has every value: set single ones';
  return path[0] === 'rerun' ? 'set: rerun is no part of the configuration' : undefined;
}

/** ['train', 'trainSteps'], 500 → { train: { trainSteps: 500 } } */
export const nested = (path: readonly string[], value: unknown): Json =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Json;

/** What each value alone can't show. */
function impossible({ ingest, preprocess, augment, train }: RunConfiguration): string[] {
  const problems: string[] = [];
  const ratios = preprocess.trainRatio + preprocess.validationRatio;
  if (ratios > 0.99)
    problems.push(
      `preprocess: trainRatio + validationRatio must leave at least 0.01 for the test split, got ${ratios}`,
    );
  if (preprocess.trainRatio < 0.05)
    problems.push(`preprocess.trainRatio: expected at least 0.05, got ${preprocess.trainRatio}`);
  const { source } = ingest;
  if (source.kind === 'mixed') problems.push(...impossibleMixture(source.sources));
  else problems.push(...impossibleSource(source, 'ingest.source'));
  const shares = Object.values(augment.shares).reduce((sum, share) => sum + share, 0);
  if (shares > 1.000001) problems.push(`augment.shares: expected a sum of at most 1, got ${shares}`);
  if (augment.poolSize < augment.parts)
    problems.push(`augment.poolSize: expected at least ${augment.parts} (one a part), got ${augment.poolSize}`);
  if (augment.poolSize < train.batchSize)
    problems.push(`augment.poolSize: expected at least one batch (${train.batchSize}), got ${augment.poolSize}`);
  return problems;
}

function impossibleSource(source: SingleSource, at: string): string[] {
  const problems: string[] = [];
  if (source.kind === 'archive' && (source.path === undefined) === (source.parts === undefined))
    problems.push(`${at}: an archive needs exactly one of path and parts`);
  if (source.kind === 'archive' && source.parts !== undefined && source.name === undefined)
    problems.push(`${at}.name: an archive given by parts needs its file name`);
  if (source.kind === 'url' && source.labels === undefined && source.labelsSha256 !== undefined)
    problems.push(`${at}.labelsSha256: expected labels beside it, got none`);
  if (source.kind === 'url' && source.labels !== undefined && source.format !== 'auto')
    problems.push(`${at}.format: expected auto for an IDX pair, got ${source.format}`);
  return problems;
}

function impossibleMixture(sources: readonly { name: string; source: SingleSource }[]): string[] {
  const twice = sources.map(({ name }) => name).filter((name, i, all) => all.indexOf(name) !== i);
  const kinds = sources.map(({ source: { kind } }) => kind);
  return [
    ...sources.flatMap(({ source }, i) => impossibleSource(source, `ingest.source.sources.${i}.source`)),
    ...twice.map((name) => `ingest.source.sources: expected a name of its own for each, got ${name} twice`),
    ...(['builtin', 'feedback'] as const)
      .filter((kind) => kinds.indexOf(kind) !== kinds.lastIndexOf(kind))
      .map((kind) => `ingest.source.sources: expected kind ${kind} once, got it twice`),
  ];
}

function explain(issue: core.$ZodIssue, input: Json): string[] {
  const where = issue.path.join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `${[...issue.path, key].join('.')}: unknown key${suggest(key, knownKeys(issue.path))}`,
    );
  const got = issue.path.reduce<unknown>((value, key) => (value as Json | undefined)?.[key as string], input);
  return [
    `${where || 'input'}: ${issue.message.replace(/^Invalid input: /, '')}${issue.message.includes('received') ? '' : `, got ${describe(got)}`}`,
  ];
}

/** The keys that could stand at a place of the configuration. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  const resolved: unknown = runConfigurationSchema.parse({});
  if (path[0] === 'rerun') return Object.keys(rerunSchema.shape);
  const place = path.reduce<unknown>((value, key) => (isObject(value) ? value[String(key)] : undefined), resolved);
  return path.length === 0 ? Object.keys(runConfigurationSchema.shape) : isObject(place) ? Object.keys(place) : [];
}

function suggest(word: unknown, known: string[]): string {
  if (typeof word !== 'string') return '';
  const [best] = known
    .map((candidate) => ({ candidate, off: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.off - b.off);
  return best !== undefined && best.off <= Math.max(2, best.candidate.length / 3)
    ? ` (did you mean ${best.candidate}?)`
    : '';
}

const describe = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 60) ?? typeof value);

export type { RunConfiguration, RunConfigurationInput };
