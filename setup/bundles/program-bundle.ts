// A program's code as a few files, packages included: Node finds, reads and compiles 1,000 modules one by one in seconds.
// What is needed late, or by some verbs alone, stays in chunks of its own.

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { bundlePlaces, freshBundle, sha256, type BundleNote } from './fresh-bundle.mjs';
import { notedSources } from './noted-sources.ts';
import { OUTSIDE_SDK, temporalSdk, WORKFLOW_THREAD } from './temporal-sdk.ts';
import { writeOnce } from './write-once.ts';

/** The programs that start from a bundle, by name → the module they begin with. */
export const PROGRAMS = {
  pipeline: 'workers/pipeline.ts',
  inference: 'workers/inference.ts',
  cli: 'cli/main.ts',
} as const;
export type ProgramName = keyof typeof PROGRAMS;

const LOCK = 'package-lock.json';
/** How it is made decides what comes out, too. The lock file speaks for every file of every package. */
const OWN_SOURCES = [
  LOCK,
  'setup/bundles/program-bundle.ts',
  'setup/bundles/noted-sources.ts',
  'setup/bundles/temporal-sdk.ts',
  'tsconfig.json',
];
/** Native code, code that reads files beside itself, and what is large and loaded late. */
const OUTSIDE = [
  'esbuild',
  'sharp',
  'onnxruntime-node',
  '@tensorflow/*',
  '@fastify/swagger-ui',
  // of traces, which are off for most; its api, which metrics load at the start, is bundled
  '@temporalio/interceptors-opentelemetry',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/core',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
];
/** The inference worker answers before it has loaded any of Temporal; the pipeline worker waits for all of it. */
const OUTSIDE_OF = {
  pipeline: OUTSIDE_SDK,
  inference: ['@temporalio/*'],
  cli: ['@temporalio/worker', 'opentype.js', 'pacote', 'vega', 'vega-lite'], // of ingest, which `datasets check` tries out
};
/** A program that started before a change still loads its late chunks. */
const KEPT = 4;

/** Own modules ask where they are, and find the checkout from there; packages in CommonJS ask for `require`. */
const headOf = (entry: string): string => `import { createRequire as createModuleRequire } from 'node:module';
const bundleUrl = import.meta.url;
const checkoutUrl = new URL('../../../../../', bundleUrl).href;
const entryUrl = new URL('${entry}', checkoutUrl).href;
const require = createModuleRequire(entryUrl);`;

const options = (root: string, { name, outdir }: { name: ProgramName; outdir: string }) =>
  ({
    absWorkingDir: root,
    entryPoints: {
      [name]: PROGRAMS[name],
      ...(name === 'pipeline' && { [WORKFLOW_THREAD.name]: WORKFLOW_THREAD.entry }),
    },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: [...OUTSIDE, ...OUTSIDE_OF[name]],
    keepNames: true,
    minifyWhitespace: true, // what isn't there need not be parsed
    minifySyntax: true, // constants of other modules stand in the loops that use them
    define: { 'import.meta.url': 'entryUrl' }, // of packages: own modules have their own
    banner: { js: headOf(PROGRAMS[name]) },
    legalComments: 'none',
    logLevel: 'silent',
  }) satisfies BuildOptions;

/**
 * The absolute path of the bundled program, made where it is missing or a source has changed: a second or two.
 * Safe to repeat and to run in several processes at once.
 * @param root the checkout
 * @throws BuildFailure (esbuild's) when a source does not compile
 */
export async function programBundle(root: string, program: ProgramName): Promise<string> {
  const { folder, noteFile } = bundlePlaces(root, program);
  const standing = await freshBundle(root, folder, noteFile);
  if (standing !== undefined) return standing;

  const outdir = path.join(folder, 'out'); // nothing is written there: outputs only need names
  const sources: Record<string, string> = {};
  for (const source of OWN_SOURCES) sources[source] = sha256(await readFile(path.join(root, source)));
  const { outputFiles } = await build({
    ...options(root, { name: program, outdir }),
    plugins: [notedSources(root, sources, { urls: true }), ...(program === 'pipeline' ? [temporalSdk()] : [])],
  });
  const files = outputFiles.map(({ path: file, contents }) => ({ name: path.relative(outdir, file), contents }));
  const name = sha256(Buffer.from(JSON.stringify(files.map((file) => [file.name, sha256(file.contents)])))).slice(
    0,
    32,
  );

  await writeFolder(path.join(folder, name), files);
  const outputs = Object.fromEntries(files.map((file) => [path.join(name, file.name), sha256(file.contents)]));
  const note: BundleNote = { entry: path.join(name, `${program}.mjs`), outputs, sources };
  await writeOnce(noteFile, Buffer.from(JSON.stringify(note)));
  await removeOld(folder);
  return path.join(folder, note.entry);
}

async function writeFolder(target: string, files: { name: string; contents: Uint8Array }[]): Promise<void> {
  const staging = `${target}.${process.pid}`;
  await mkdir(staging, { recursive: true });
  for (const { name, contents } of files) await writeFile(path.join(staging, name), contents);
  // Equal names, equal bytes: one that stands has either the same content or was damaged.
  await rm(target, { recursive: true, force: true });
  await rename(staging, target).catch(async (error: NodeJS.ErrnoException) => {
    await rm(staging, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // else another process was faster
  });
}

async function removeOld(folder: string): Promise<void> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const folders = await Promise.all(
    names.map(async ({ name }) => ({ name, madeAtMs: (await stat(path.join(folder, name))).mtimeMs })),
  );
  const old = folders.sort((a, b) => b.madeAtMs - a.madeAtMs).slice(KEPT);
  await Promise.all(old.map(({ name }) => rm(path.join(folder, name), { recursive: true, force: true })));
}
