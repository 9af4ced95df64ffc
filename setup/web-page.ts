// The page, bundled once for this checkout: files named by their content, compressed once, and kept until a source
// changes. Nothing of it is committed; whoever serves it asks here where it is.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkoutFolder } from '../config/home.ts';
import type { Bundle } from './web-page/bundle.ts';
import { compressFile } from './web-page/compress.ts';
import { indexHtml } from './web-page/index-html.ts';

export interface PageFile {
  /** Relative to the folder, with `/`. */
  path: string;
  sizeBytes: number;
  /** Of the smallest form there is: Brotli where that helps. */
  compressedBytes: number;
  /** Needed before anything is seen; the rest is fetched later or never. */
  firstView: boolean;
}

export interface BuiltPage {
  /** Absolute path of a folder with `index.html` and `assets/`, each beside its `.br` and `.gz` where those are smaller. */
  folder: string;
  files: PageFile[];
  /** Compressed bytes until the page stands. */
  firstViewBytes: number;
}

export interface BuildPageOptions {
  /** The checkout. @default this one */
  root?: string;
  /** Where built pages are kept, one folder each. @default node_modules/.cache/digitflow/web in the checkout */
  cache?: string;
}

interface Manifest {
  files: PageFile[];
  /** sha256 of each source, relative to the checkout. */
  inputs: Record<string, string>;
}

/** Beside the folder that is served: it names sources. */
const MANIFEST = 'page.json';
const FOLDER = 'page';
const TEMPLATE = 'web/index.html';
/** How it is built decides what comes out, too. */
const OWN_SOURCES = [
  TEMPLATE,
  'package-lock.json',
  'setup/web-page.ts',
  'setup/web-page/bundle.ts',
  'setup/web-page/index-html.ts',
];
/** A server may still deliver an older one. */
const KEPT = 4;

/**
 * Builds the page unless it stands already (then in some milliseconds). Safe to repeat and to run in several processes
 * at once: a page is made in a folder of its own and renamed into place.
 * @throws BuildFailure (esbuild's) when a source does not compile
 */
export async function buildPage({ root = checkoutFolder, cache }: BuildPageOptions = {}): Promise<BuiltPage> {
  const base = cache ?? join(root, 'node_modules', '.cache', 'digitflow', 'web');
  const standing = await newestFirst(base);
  for (const folder of standing) {
    const page = await readPage(folder, root);
    if (page !== undefined) return page;
  }
  const { bundled, html, inputs } = await bundleSettled(root);
  const folder = join(base, sha256(JSON.stringify(inputs)).slice(0, 16));
  await writePage(
    folder,
    [...bundled.files, { path: 'index.html', bytes: Buffer.from(html), firstView: true }],
    inputs,
  );
  await Promise.all(standing.slice(KEPT - 1).map((old) => rm(old, { recursive: true, force: true })));
  const page = await readPage(folder, root);
  if (page === undefined) throw new Error(`expected a page at ${folder}, got another: a source changed meanwhile`);
  return page;
}

/** A bundle and the digests of the very sources that are in it: one that was saved meanwhile is bundled again. */
async function bundleSettled(root: string) {
  const { bundle } = await import('./web-page/bundle.ts'); // a page that stands needs no bundler
  for (;;) {
    const startedMs = Date.now();
    const bundled = await bundle(root);
    const html = indexHtml(await readFile(join(root, TEMPLATE), 'utf8'), bundled);
    const sources = [...bundled.inputs, ...OWN_SOURCES];
    const inputs = await digestsOf(root, sources);
    const changes = await Promise.all(sources.map(async (source) => (await stat(join(root, source))).mtimeMs));
    // A time in the future says nothing, and would be waited for.
    if (!changes.some((atMs) => atMs >= startedMs && atMs <= Date.now())) return { bundled, html, inputs };
  }
}

async function writePage(folder: string, files: Bundle['files'], inputs: Manifest['inputs']): Promise<void> {
  const staging = `${folder}.${process.pid}`;
  try {
    const listed = await Promise.all(
      files.map(async ({ path, bytes, firstView }): Promise<PageFile> => {
        const target = join(staging, FOLDER, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, bytes);
        return { path, sizeBytes: bytes.length, compressedBytes: await compressFile(target, bytes), firstView };
      }),
    );
    await writeFile(join(staging, MANIFEST), JSON.stringify({ files: listed, inputs } satisfies Manifest));
    await rename(staging, folder);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another process was faster with the same sources: its page is as good.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** A finished page whose sources are as they were, else undefined. */
async function readPage(folder: string, root: string): Promise<BuiltPage | undefined> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Manifest;
    const now = await digestsOf(root, Object.keys(manifest.inputs));
    if (Object.entries(manifest.inputs).some(([path, digest]) => now[path] !== digest)) return undefined;
  } catch {
    return undefined; // half made, or a source is gone
  }
  const { files } = manifest;
  const firstViewBytes = files.reduce((sum, file) => sum + (file.firstView ? file.compressedBytes : 0), 0);
  return { folder: join(folder, FOLDER), files, firstViewBytes };
}

async function newestFirst(base: string): Promise<string[]> {
  const names = await readdir(base).catch(() => []);
  const folders = await Promise.all(
    names.map(async (name) => ({ folder: join(base, name), madeAt: (await stat(join(base, name))).mtimeMs })),
  );
  return folders.sort((a, b) => b.madeAt - a.madeAt).map(({ folder }) => folder);
}

async function digestsOf(root: string, paths: readonly string[]): Promise<Record<string, string>> {
  const digests = await Promise.all(
    paths.map(async (path) => [path, sha256(await readFile(join(root, path)))] as const),
  );
  return Object.fromEntries(digests);
}

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
