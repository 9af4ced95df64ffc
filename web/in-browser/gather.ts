// Brings together the files of an announced model, from this browser or from the server, every byte of them checked.

import { pageBinaries } from '../../ml/engines/wasm/page-binaries.ts';
import { type Announced, LATEST, latestUrl, type Source, tokenHeaders } from './announce.ts';
import { LocalFailure } from './errors.ts';
import { fetchBytes } from './fetch-bytes.ts';
import { fileOf } from './parse-latest.ts';
import { hasSimd } from './simd.ts';
import { checkBytes, checkSize } from './verify.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface Gathered {
  files: { model: Bytes; weights: Bytes; golden: Bytes; wasm: Bytes };
  /** What to keep once the model has proved itself. */
  entries: Map<string, Bytes>;
}

interface Wanted {
  /** Under which it is kept. */
  key: string;
  url: string;
  sizeBytes: number;
  headers?: Record<string, string>;
  /** @throws LocalFailure */
  check(bytes: Bytes): Promise<void> | void;
}

/** @throws LocalFailure */
export async function gather(
  source: Source,
  { latest, bytes }: Announced,
  onProgress: (loadedBytes: number, totalBytes: number) => void,
): Promise<Gathered> {
  const published = (file: { url: string; sha256: string; sizeBytes: number }, what: string): Wanted => ({
    key: `sha256:${file.sha256}`,
    url: ownUrl(file.url, source.origin, latest.name),
    sizeBytes: file.sizeBytes,
    headers: tokenHeaders(source.token),
    check: (got) => checkBytes(got, file, what),
  });
  const binary = hasSimd() ? pageBinaries.simd : pageBinaries.plain;
  const wanted = {
    model: published(fileOf(latest, 'tfjs/model.json'), 'The description of the network'),
    weights: published(fileOf(latest, 'tfjs/weights.bin'), 'The file of weights'),
    golden: published(latest.golden, 'The file of sample readings'),
    // The page's own file, under a name that changes with its content: trusted as the page's scripts are.
    wasm: { key: binary.url, ...binary, check: (got: Bytes) => checkSize(got, binary.sizeBytes, 'The backend') },
  };
  const totalBytes = Object.values(wanted).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let loadedBytes = 0;
  const take = (file: Wanted): Promise<Bytes> =>
    obtain(source, file, (count) => onProgress((loadedBytes += count), totalBytes));
  const [model, weights, golden, wasm] = await Promise.all([
    take(wanted.model),
    take(wanted.weights),
    take(wanted.golden),
    take(wanted.wasm),
  ]);
  const files = { model, weights, golden, wasm };
  const entries = new Map([[LATEST, bytes]]);
  for (const name of Object.keys(files) as (keyof typeof files)[]) entries.set(wanted[name].key, files[name]);
  return { files, entries };
}

/** What was kept, if it is still right; else the server's. */
async function obtain({ cache }: Source, wanted: Wanted, onBytes: (count: number) => void): Promise<Bytes> {
  const kept = await cache.get(wanted.key);
  let problem: unknown;
  if (kept !== undefined) {
    try {
      await wanted.check(kept);
      onBytes(kept.length);
      return kept;
    } catch (error) {
      problem = error;
    }
  }
  const { url, sizeBytes, headers } = wanted;
  // Not through the browser's own cache: a damaged file would come out of it for a year.
  const fetched = await fetchBytes({ url, maxBytes: sizeBytes, headers, cache: 'no-store', onBytes }).catch(
    (error: unknown) => {
      throw problem ?? error;
    },
  );
  await wanted.check(fetched);
  return fetched;
}

/** @throws LocalFailure for an address elsewhere: it would be sent this page's token */
function ownUrl(address: string, origin: string, model: string): string {
  const url = new URL(address, latestUrl(origin, model));
  if (url.origin !== origin) throw new LocalFailure('The server names files that lie elsewhere: they were refused.');
  return url.href;
}
