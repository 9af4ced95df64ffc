// The parts of the setup that tests look into. They are plain JavaScript, so their shapes are written down here.

import type { IncomingMessage } from 'node:http';

export interface Pin {
  sha256: string;
  sizeBytes?: number | undefined;
}

export interface SetupEvent {
  name: string;
  title: string;
  state: 'working' | 'ready' | 'failed';
  message: string;
}

type Environment = Record<string, string | undefined>;

const load = async <Module>(path: string): Promise<Module> =>
  (await import(new URL(`../../../../setup/components/${path}`, import.meta.url).href)) as Module;

export const { unzip } = await load<{
  unzip: (
    file: string,
    options: { to: string; place: (name: string) => string | undefined; onProgress?: (bytes: number) => void },
  ) => Promise<string[]>;
}>('shared/zip.mjs');

export const { untarMember } = await load<{
  untarMember: (file: string, member: string, target: string) => Promise<void>;
}>('shared/tar.mjs');

export const { download } = await load<{
  download: (
    what: Pin & { url: string; file: string; environment: Environment; signal?: AbortSignal },
  ) => Promise<void>;
}>('shared/download.mjs');

export const { httpGet, proxyFor } = await load<{
  httpGet: (url: string, options: { environment: Environment }) => Promise<IncomingMessage>;
  proxyFor: (url: URL, environment: Environment) => URL | undefined;
}>('shared/http-get.mjs');

export const { indexDownload, indexUrl } = await load<{
  indexDownload: (
    wheel: Pin & { distribution: string; version: string; filename: string },
    options: { file: string; environment: Environment },
  ) => Promise<void>;
  indexUrl: (environment: Environment) => Promise<string>;
}>('shared/python-index.mjs');

export const { tagArguments } = await load<{ tagArguments: (filename: string) => string[] }>('shared/pip.mjs');

export const { withFileLock } = await load<{
  withFileLock: <T>(
    file: string,
    action: () => Promise<T>,
    options?: { onWait?: (holder: string) => void },
  ) => Promise<T>;
}>('shared/file-lock.mjs');

export const { cacheFolder, openCache, publishEntry, readEntry } = await load<{
  cacheFolder: (environment: Environment) => string;
  openCache: (cache: string) => Promise<void>;
  publishEntry: (
    made: string,
    folder: string,
    about: Record<string, string>,
  ) => Promise<{ files: Record<string, number> }>;
  readEntry: (folder: string) => Promise<{ version: string; files: Record<string, number> }>;
}>('shared/cache.mjs');

export const { explainSystemError } = await load<{ explainSystemError: (error: unknown) => Error & { fix?: string } }>(
  'shared/system-errors.mjs',
);

export const { platformName, pinned } = await load<{
  platformName: (machine?: { platform: string; arch: string; glibc: string | undefined }) => string;
  pinned: Record<string, Record<string, unknown>>;
}>('shared/platform.mjs');

export const { showProgress } = await load<{
  showProgress: (options: { stream: unknown; isTerminal: boolean; now: () => number }) => {
    report: (event: SetupEvent) => void;
    stop: () => void;
  };
}>('shared/progress.mjs');

export const { runProgram } = await load<{
  runProgram: (
    command: string,
    args: string[],
    options: { environment: Environment; signal?: AbortSignal; timeoutMs?: number },
  ) => Promise<{ stdout: string; stderr: string }>;
}>('shared/programs.mjs');

export const { packagesInstalled, installPackages } = await load<{
  packagesInstalled: (root: string) => Promise<boolean>;
  installPackages: (options: {
    root: string;
    environment: Environment;
    say: (doing: string) => void;
  }) => Promise<boolean>;
}>('packages.mjs');

export const { linkBinding } = await load<{ linkBinding: (root: string, folder: string) => Promise<void> }>(
  'tfjs-node/in-package.mjs',
);

export const { serverComponent } = await load<{ serverComponent: (spec: object) => unknown }>(
  'shared/server-component.mjs',
);
