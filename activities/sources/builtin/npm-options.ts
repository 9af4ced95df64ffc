// The user's npm configuration, as far as fetching packages goes: registry, proxy, certificates, and what a private
// registry asks for. npm's own reader comes with npm and is not a library.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Options in the words of npm's fetch library, e.g. `registry`, `httpsProxy`, `//host/path/:_authToken`. */
export type NpmOptions = Record<string, string | string[] | boolean>;

export interface NpmPlaces {
  /** Environment variables: `npm_config_*` win over all files, and `${NAME}` in files is replaced. */
  env: Record<string, string | undefined>;
  home: string;
  /** The project's folder. */
  folder: string;
}

/** npm's names and what the fetch library calls them. */
const NAMES: Record<string, string> = {
  registry: 'registry',
  proxy: 'proxy',
  'https-proxy': 'httpsProxy',
  noproxy: 'noProxy',
  'no-proxy': 'noProxy',
  'strict-ssl': 'strictSSL',
  ca: 'ca',
  cafile: 'cafile',
  'local-address': 'localAddress',
};

/** Reads project, user and global npmrc under the environment, the nearer the stronger, as npm does. */
export function readNpmOptions({ env, home, folder }: NpmPlaces): NpmOptions {
  const fromEnv = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    const key = /^npm_config_(?=.)(.*)$/i.exec(name)?.[1];
    if (key !== undefined && value !== undefined && value !== '') fromEnv.set(plainKey(key), value);
  }
  const files = [
    fromEnv.get('globalconfig'),
    fromEnv.get('userconfig') ?? join(home, '.npmrc'),
    join(folder, '.npmrc'),
  ].filter((path) => path !== undefined);
  const options: NpmOptions = {};
  for (const path of files) for (const [key, value] of readNpmrc(path, env)) assign(options, key, value);
  for (const [key, value] of fromEnv) assign(options, key, value);
  const { cafile, ...rest } = options;
  return typeof cafile === 'string' && rest['ca'] === undefined ? { ...rest, ...readCertificates(cafile) } : rest;
}

/** `npm_config_https_proxy` is `https-proxy`; names of registries keep their case and underscores. */
const plainKey = (key: string): string => (/^[@/]/.test(key) ? key : key.toLowerCase().replaceAll('_', '-'));

function assign(options: NpmOptions, key: string, value: string): void {
  if (/^(\/\/|@[^/]+:registry$)/.test(key)) options[key] = value;
  const name = NAMES[key];
  if (name === undefined || value === 'null') return;
  if (name === 'strictSSL') options[name] = value !== 'false';
  else if (name === 'registry') options[name] = value.endsWith('/') ? value : `${value}/`;
  else options[name] = value;
}

/** The `key = value` lines of an npmrc; none where there is no file. */
function readNpmrc(path: string, env: NpmPlaces['env']): [string, string][] {
  const text = readIfThere(path);
  return text.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) return [];
    const value = match[2]!
      .replace(/^(["'])(.*)\1$/, '$2')
      .replace(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole);
    return [[match[1]!, value] as [string, string]];
  });
}

function readCertificates(path: string): NpmOptions {
  const found = readIfThere(path).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  return found === null ? {} : { ca: [...found] };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // most people have no npmrc
  }
}
