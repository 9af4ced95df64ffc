// Images from the network: an archive, a pair of IDX files, or a list of addresses. What comes is read by the sources of
// files; here is only how it comes.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { canonicalJson } from '../../artifacts/canonical.ts';
import { DownloadRefused, EmptyDataset, WrongClassCount } from '../errors.ts';
import { archiveSource } from './archive.ts';
import { MAX_FILE_BYTES } from './decode.ts';
import { decodeInOrder, type RawItem } from './decode-in-order.ts';
import { idxSource } from './idx.ts';
import { relabel } from './relabel.ts';
import { shownUrl, type AddressPolicy } from './remote/address-policy.ts';
import type { DownloadedFile } from './remote/downloads.ts';
import { MAX_LIST_BYTES, parseImageList, type ListedImage } from './remote/image-list.ts';
import { keepDownloaded, type RemoteFiles } from './remote/remote-files.ts';
import { sortClasses, type OpenedSource, type Source, type SourceContext } from './source.ts';

/** Small files: what costs time is the way there and back. */
const FETCH_AT_ONCE = 8;
const LIST_NAME = /\.(json|txt|tsv|list)$/i;
const MAX_CLASSES = 256;

/** Names of files among what is kept. */
const KEPT = { main: 'download', labels: 'labels' } as const;
const keptImage = (index: number): string => `images/${index}`;

export interface UrlOptions {
  url: string;
  /** Of a pair of IDX files: where the labels are. */
  labels?: string | undefined;
  format: 'auto' | 'archive' | 'list';
  sha256?: string | undefined;
  labelsSha256?: string | undefined;
  /** Of IDX files. */
  classes: number;
  /** Of all files together. */
  maxBytes: number;
  policy: AddressPolicy;
  files: RemoteFiles;
}

/**
 * One instance downloads once: what `identity` pins is what `open` reads.
 * @throws (from `open` and `identity`) UrlNotAllowed, DownloadFailed, DownloadRefused, DownloadTooLarge, DownloadTimedOut,
 *   WrongDigest, InvalidImageList; (from `open` and while reading) every error of archives and of IDX files
 */
export function urlSource(options: UrlOptions): Source {
  const { policy, files } = options;
  const url = lazily(() => policy.checkUrl(options.url));
  const isList = (): boolean =>
    options.format === 'list' ||
    (options.format === 'auto' && options.labels === undefined && LIST_NAME.test(url().pathname));
  let got: Promise<DownloadedFile> | undefined;
  let gotLabels: Promise<DownloadedFile> | undefined;
  let gotImages: Promise<(DownloadedFile | undefined)[]> | undefined;

  const main = (context: Fetching): Promise<DownloadedFile> =>
    (got ??= files.fetch(url(), KEPT.main, {
      ...context,
      maxBytes: isList() ? Math.min(options.maxBytes, MAX_LIST_BYTES) : options.maxBytes,
      sha256: options.sha256,
    }));
  const labels = async (address: string, context: Fetching): Promise<DownloadedFile> => {
    const { sizeBytes } = await main(context);
    return (gotLabels ??= files.fetch(policy.checkUrl(address), KEPT.labels, {
      ...context,
      maxBytes: options.maxBytes - sizeBytes,
      sha256: options.labelsSha256,
    }));
  };
  const listed = async (context: Fetching): Promise<ListedImage[]> =>
    parseImageList(await readFile((await main(context)).path), { where: shownUrl(url()), base: url(), policy });
  const images = (list: readonly ListedImage[], context: Fetching) =>
    (gotImages ??= fetchImages(files, list, { ...context, maxBytes: options.maxBytes }));

  return {
    kind: 'url',
    get name() {
      return basename(url().pathname) || url().hostname;
    },
    splitHints: false,
    async identity(context) {
      if (isList()) {
        const list = await listed(context);
        const pinned = list.every(({ sha256 }) => sha256 !== undefined);
        const found = pinned ? undefined : await images(list, context);
        const lines = list.map(({ label, group, sha256 }, i) =>
          canonicalJson([label, group ?? null, sha256 ?? found?.[i]?.sha256 ?? null]),
        );
        const listing = createHash('sha256').update(lines.join('\n')).digest('hex');
        return { kind: 'url', images: list.length, listing };
      }
      const sha256 = options.sha256 ?? (await main(context)).sha256;
      if (options.labels === undefined) return { kind: 'url', sha256 };
      return { kind: 'url', sha256, labels: options.labelsSha256 ?? (await labels(options.labels, context)).sha256 };
    },
    async open(context) {
      const fetching = {
        signal: context.signal,
        onProgress: ({ done, total }: { done: number; total: number }) =>
          context.progress({ done, total, unit: 'bytes', note: `downloading ${shownUrl(url())}` }),
      };
      const file = await main(fetching);
      await keepDownloaded(context, KEPT.main, file);
      if (isList()) {
        const list = await listed(fetching);
        return openList(list, await images(list, { signal: context.signal }), context);
      }
      const place = placeOf(file, shownUrl(url()));
      if (options.labels === undefined) return relabel(await archiveSource(place).open(keptAlready(context)), 'url');
      const labelsFile = await labels(options.labels, fetching);
      await keepDownloaded(context, KEPT.labels, labelsFile);
      const pair = { images: place, labels: placeOf(labelsFile, shownUrl(policy.checkUrl(options.labels))) };
      return relabel(await idxSource({ ...pair, classes: options.classes }).open(keptAlready(context)), 'url');
    },
  };
}

interface Fetching {
  signal: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
}

const placeOf = ({ path }: DownloadedFile, name: string) => ({ path, name, dataRoots: [dirname(path)] });

const keptAlready = (context: SourceContext): SourceContext => ({
  ...context,
  keep: () => Promise.resolve(),
  keepBlobs: () => Promise.resolve(),
});

/** Undefined for an image that its server refuses: like an unreadable file of a folder. */
async function fetchImages(
  files: RemoteFiles,
  list: readonly ListedImage[],
  { signal, maxBytes }: { signal: AbortSignal; maxBytes: number },
): Promise<(DownloadedFile | undefined)[]> {
  const found = list.map((): DownloadedFile | undefined => undefined);
  const stop = new AbortController(); // of the others, when one has failed
  let left = maxBytes;
  let next = 0;
  const fetchNext = async (): Promise<void> => {
    for (let index = next++; index < list.length; index = next++) {
      const { url, sha256 } = list[index]!;
      const limit = {
        signal: AbortSignal.any([signal, stop.signal]),
        sha256,
        maxBytes: Math.min(MAX_FILE_BYTES, Math.max(0, left)),
      };
      try {
        found[index] = await files.fetch(url, keptImage(index), limit);
        left -= found[index]!.sizeBytes;
      } catch (error) {
        if (error instanceof DownloadRefused || isMissing(error)) continue;
        stop.abort(error);
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: FETCH_AT_ONCE }, fetchNext));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw stop.signal.reason;
  return found;
}

/** Of a kept file that was none when it was kept. */
const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

function openList(
  list: readonly ListedImage[],
  found: readonly (DownloadedFile | undefined)[],
  context: SourceContext,
): OpenedSource {
  if (list.length === 0) throw new EmptyDataset('url: expected images, got an empty list');
  const classes = sortClasses(list.map(({ label }) => label));
  if (classes.length < 2 || classes.length > MAX_CLASSES)
    throw new WrongClassCount(`url: expected 2 to ${MAX_CLASSES} different labels in the list, got ${classes.length}`);
  return {
    classes,
    parts: [{ name: 'url', kind: 'url', licences: [] }],
    complete: true,
    total: list.length,
    items: () => decodeInOrder(readImages(list, found, context), { source: 'url', pool: context.pool }),
  };
}

async function* readImages(
  list: readonly ListedImage[],
  found: readonly (DownloadedFile | undefined)[],
  context: SourceContext,
): AsyncGenerator<RawItem> {
  for (const [index, { url, label, group }] of list.entries()) {
    context.signal.throwIfAborted();
    const name = shownUrl(url);
    const file = found[index];
    if (file === undefined) {
      await context.keep(keptImage(index), null);
      yield { name, rejected: { reason: 'unreadable', detail: 'expected an image at this address, got none' } };
      continue;
    }
    await keepDownloaded(context, keptImage(index), file);
    yield { name, className: label, group, bytes: await readFile(file.path) };
  }
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
