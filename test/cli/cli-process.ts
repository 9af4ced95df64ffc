// Runs a command line in this process, as main.ts does, and collects what it writes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createBucket, openStore } from '../../artifacts/open-store.ts';
import type { Store } from '../../artifacts/store.ts';
import { runCli } from '../../cli/program.ts';
import { checkDocument } from './check-document.ts';

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** stdout as its one JSON document. */
  document: () => Record<string, unknown>;
}

export interface CliHome {
  folder: string;
  /** The store that the home's endpoints name: a folder. */
  store: Store;
  run(words: string[], environment?: Record<string, string>): Promise<CliResult>;
  remove(): void;
}

/** A home with a store and without a Temporal that answers. */
export async function openCliHome(): Promise<CliHome> {
  const folder = mkdtempSync(join(tmpdir(), 'digitflow-cli-'));
  const location = { kind: 'file' as const, folder: join(folder, 'store') };
  await createBucket(location);
  const endpoints = { temporal: '127.0.0.1:1', store: pathToFileURL(location.folder).href };
  writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(endpoints));
  return {
    folder,
    store: openStore(location),
    run: (words, environment = {}) => runWords(words, folder, { DIGITFLOW_HOME: folder, ...environment }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @param folder the command's working folder */
export async function runWords(
  words: string[],
  folder: string,
  environment: Record<string, string>,
): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  const exitCode = await runCli(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    environment,
    folder,
    signal: new AbortController().signal,
  });
  if (words.includes('--json')) checkDocument(words, stdout);
  return { exitCode, stdout, stderr, document: () => JSON.parse(stdout) as Record<string, unknown> };
}
