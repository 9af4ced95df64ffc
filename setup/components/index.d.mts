import type { Component } from './shared/ways.mjs';

export type ComponentName = 'temporal' | 'minio' | 'tfjs-node' | 'chromium' | 'versitygw';
/** In the order in which they are tried. */
export type WayName = 'environment' | 'path' | 'node_modules' | 'cache' | 'download' | 'go build' | 'wheel' | 'apt-get';

export interface PreparedComponent {
  way: WayName;
  version: string;
  /** Absolute path; only of a server. */
  executable?: string;
}

export interface SetupEvent {
  name: string;
  title: string;
  state: 'working' | 'ready' | 'failed';
  /** What it does now, or what came of it, in one line. */
  message: string;
}

export interface ComponentsOptions {
  /** Which cache, PATH, proxy and executables. @default process.env */
  environment?: Record<string, string | undefined>;
  /** The folder of the checkout whose node_modules is meant. @default this one */
  root?: string;
  /** For tests. @default the components of the stack */
  components?: Component[];
}

export interface PrepareOptions extends ComponentsOptions {
  /**
   * Those of the names that may be missing: then they are not in the result, and `report` has said why. One whose variable
   * is `none` isn't looked for; one whose variable names another place has to be there.
   */
  optional?: readonly ComponentName[];
  report?: (event: SetupEvent) => void;
  /** Stops everything and removes what is half made. */
  signal?: AbortSignal;
  /** Tries out again what was found to work before and hasn't changed since. @default false */
  triesAnew?: boolean;
  /** Given by the bootstrap while `npm ci` runs. @default node_modules is there */
  packages?: { installing: boolean; ready: Promise<unknown> };
}

export interface ComponentDescription {
  name: string;
  title: string;
  found: boolean;
  way?: WayName;
  version?: string;
  executable?: string;
  /** What was looked at before, and why it wasn't taken. */
  tried: { way: string; reason: string; fix?: string }[];
}

export const COMPONENT_NAMES: readonly ComponentName[];
export const DO_WITHOUT: 'none';
export const WITHOUT_TENSORFLOW: string;

/**
 * Makes components available, each by the first way that works: named by an environment variable (DIGITFLOW_TEMPORAL,
 * DIGITFLOW_MINIO, DIGITFLOW_CHROMIUM, DIGITFLOW_VERSITYGW: an executable; DIGITFLOW_TFJS_NODE: a folder), on PATH or in node_modules, in the user's cache,
 * downloaded, built. Safe to repeat and to run in several processes at once.
 * @throws ComponentUnavailable or ComponentsUnavailable listing every way tried and one command that fixes it;
 *   NamedComponentFailed when the one that a variable names doesn't work; TypeError for an unknown name
 */
export function prepareComponents<Name extends ComponentName>(
  names: readonly Name[],
  options?: PrepareOptions,
): Promise<Record<Name, PreparedComponent>>;

/**
 * Looks for every component of the stack, in the same order, and tries each out, without making anything (a link into
 * node_modules may be renewed).
 */
export function describeComponents(options?: ComponentsOptions): Promise<ComponentDescription[]>;
