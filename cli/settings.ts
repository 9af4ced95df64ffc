// --preset, --config and --set as one run configuration, checked before anything starts.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { presets } from '../config/presets.ts';
import type { SingleSource, SourceConfiguration } from '../config/schema.ts';
import {
  merge,
  nested,
  type RunConfiguration,
  type RunConfigurationInput,
  resolveRunConfiguration,
} from '../config/resolve.ts';
import type { TrainPipelineInput } from '../workflows/contract.ts';
import { WrongUse } from './errors.ts';

type Json = Record<string, unknown>;

/** A source that the command line names by itself; what is left out has its default. */
export type SingleGivenSource =
  | { kind: 'archive'; path: string }
  | { kind: 'builtin' | 'feedback' }
  | { kind: 'url'; url: string; labels?: string }
  | { kind: 's3'; bucket: string; prefix: string }
  | SingleSource;

export interface MixedGivenSource {
  kind: 'mixed';
  sources: { name: string; weight: number; source: SingleGivenSource }[];
}

export type GivenSource = SingleGivenSource | MixedGivenSource | SourceConfiguration;

export interface SettingOptions {
  preset?: string | undefined;
  /** Path of a JSON file. */
  config?: string | undefined;
  /** Of training. */
  engine?: string | undefined;
  /** `key=value` each, in order; later ones win. */
  set?: string[] | undefined;
  /** Replaces whatever source the others name. */
  source?: GivenSource | undefined;
  /** What is said of ingest besides its source, where nothing else says it. */
  ingest?: Omit<RunConfiguration['ingest'], 'source'> | undefined;
}

/** The option of verbs that start a run. */
export interface EngineMatchOption {
  engineMatch?: 'exact' | 'any';
}

/** The parser of `--engine-match`. @throws WrongUse */
export function engineMatch(text: string): 'exact' | 'any' {
  if (text !== 'exact' && text !== 'any')
    throw new WrongUse(`--engine-match: expected exact or any, got ${JSON.stringify(text)}`);
  return text;
}

/** The run's input with what the option asks for. */
export const withEngineMatch = (input: TrainPipelineInput, { engineMatch }: EngineMatchOption): TrainPipelineInput =>
  engineMatch === 'any' ? { ...input, rerun: { ...input.rerun, engineMatch } } : input;

/** A wrong name is the run configuration's to refuse, with what was meant: the choices are told, not checked. */
export function presetOption(): Option {
  const option = new Option('--preset <name>', 'a named recipe');
  option.argChoices = Object.keys(presets);
  return option;
}

/** As with a preset, a wrong name is the run configuration's to refuse. */
export function engineOption(): Option {
  const option = new Option(
    '--engine <name>',
    "what trains: tfjs-node, or wasm, which runs anywhere; tfjs-node by default, where TensorFlow's library is",
  );
  option.argChoices = ['tfjs-node', 'wasm'];
  return option;
}

export interface Settings {
  /** What the person asked for, nothing more: this goes into the workflow. */
  input: RunConfigurationInput;
  /** The same with every default: what will run. */
  resolved: RunConfiguration;
}

/**
 * The file is the base, then the preset and the engine named on the command line, then each --set in order.
 * @throws WrongUse for a file or a --set that cannot be read; InvalidInput with every problem of the configuration
 */
export function readSettings(options: SettingOptions, folder: string): Settings {
  const file = merge(options.ingest === undefined ? {} : { ingest: options.ingest }, readFile(options, folder));
  let input: Json = options.preset === undefined ? file : { ...file, preset: options.preset };
  if (options.engine !== undefined) input = merge(input, nested(['train', 'engine'], options.engine));
  for (const assignment of options.set ?? []) input = merge(input, parseAssignment(assignment));
  input = withSource(input, options.source);
  return { input, resolved: resolveRunConfiguration(input) };
}

/** What the file of `--config` says; nothing without one. @throws WrongUse */
export const readFile = ({ config }: SettingOptions, folder: string): Json =>
  config === undefined ? {} : readConfigurationFile(resolve(folder, config));

/** Fields of a source without its kind (`--set ingest.source.typefaces=40`) mean the built-in one. */
function withSource(input: Json, source: SettingOptions['source']): Json {
  const ingest = (input['ingest'] ?? {}) as Json;
  if (source !== undefined) return { ...input, ingest: { ...ingest, source } };
  const given = ingest['source'];
  if (typeof given !== 'object' || given === null || Array.isArray(given) || 'kind' in given) return input;
  return { ...input, ingest: { ...ingest, source: { kind: 'builtin', ...given } } };
}

/**
 * `train.trainSteps=500` → { train: { trainSteps: 500 } }. The value is JSON where it parses as JSON, else text.
 * @throws WrongUse
 */
export function parseAssignment(assignment: string): Json {
  const { path, value } = splitAssignment(assignment);
  return nested(path, value);
}

/** Each `--set` as a dotted key with its value. @throws WrongUse */
export function readAssignments(assignments: readonly string[]): Json {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const { path, value } = splitAssignment(assignment);
      return [path.join('.'), value];
    }),
  );
}

function splitAssignment(assignment: string): { path: string[]; value: unknown } {
  const equals = assignment.indexOf('=');
  const path = assignment.slice(0, Math.max(equals, 0)).trim().split('.');
  if (equals < 1 || path.some((key) => key === ''))
    throw new WrongUse(`--set: expected key=value such as train.trainSteps=500, got ${JSON.stringify(assignment)}`);
  // A key named __proto__ would set a prototype instead of a field, and so pass every check unseen.
  if (path.includes('__proto__')) throw new WrongUse('--set: __proto__ is not a key of a run configuration');
  return { path, value: parseValue(assignment.slice(equals + 1)) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** @throws WrongUse naming the file */
function readConfigurationFile(path: string): Json {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new WrongUse(`--config ${path}: expected a JSON file, but it cannot be read`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WrongUse(`--config ${path}: expected JSON`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new WrongUse(
      `--config ${path}: expected a JSON object, got ${Array.isArray(value) ? 'a list' : String(value)}`,
    );
  const { $schema: _forEditors, ...configuration } = value as Json;
  return configuration;
}
