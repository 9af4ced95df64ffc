// Files from the network in a folder of this user: finished ones by their SHA-256, unfinished ones so that another
// attempt, in this process or a later one, goes on where the last one ended.
//
// No lock is needed. An unfinished file is named by its address and its validator (ETag or date), and every writer of that
// name writes the same bytes at the same places. A server that gives no validator gets a file of its own each time.

import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DownloadFailed, DownloadRefused, DownloadTooLarge, WrongDigest } from '../../errors.ts';
import { shownUrl } from './address-policy.ts';
import { failureOf, type Answer, type Requester } from './request.ts';

/** A server that is restarted is back within these; each piece that arrives begins the count anew. */
const RETRY_DELAYS_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** Answers that say "not now". */
const PASSING = [408, 425, 429, 500, 502, 503, 504];
const KEPT_DAYS = 7;

export interface DownloadedFile {
  path: string;
  sha256: string;
  sizeBytes: number;
}

export interface DownloadRequest {
  maxBytes: number;
  /** What the bytes must be. Bytes that are here already are not asked for. @default whatever comes */
  sha256?: string | undefined;
  signal: AbortSignal;
  onProgress?: (progress: { done: number; total: number }) => void;
}

export interface Downloads {
  /**
   * The bytes at an address, asked for anew unless the server says that those from before still stand.
   * @throws UrlNotAllowed, DownloadFailed, DownloadRefused, DownloadTooLarge, WrongDigest, the signal's reason
   */
  fetch(url: URL, request: DownloadRequest): Promise<DownloadedFile>;
}

export interface DownloadsOptions {
  folder: string;
  requester: Requester;
  /** @default 0.5, 1, 2, 4, 8 seconds */
  retryDelaysMs?: readonly number[];
}

/** What is known of an address from before. */
interface Note {
  etag?: string;
  lastModified?: string;
  /** Of the finished file. */
  sha256?: string;
  /** Name of the unfinished file. */
  part?: string;
}

export function createDownloads({ folder, requester, retryDelaysMs = RETRY_DELAYS_MS }: DownloadsOptions): Downloads {
  let ready: Promise<void> | undefined;
  const finishedPath = (sha256: string): string => join(folder, sha256);
  const notePath = (url: URL): string => join(folder, `${digest(url.href)}.json`);
  const readNote = async (url: URL): Promise<Note> =>
    JSON.parse(await readFile(notePath(url), 'utf8').catch(() => '{}')) as Note;
  const writeNote = async (url: URL, note: Note): Promise<void> => {
    const path = join(folder, `note-${randomUUID()}`);
    await writeFile(path, JSON.stringify(note));
    await rename(path, notePath(url));
  };

  /** A finished file whose bytes are still what its name says. */
  async function finished(sha256: string | undefined): Promise<DownloadedFile | undefined> {
    if (sha256 === undefined) return undefined;
    const path = finishedPath(sha256);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined || (await digestOfFile(path)) !== sha256) return undefined;
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    return { path, sha256, sizeBytes: info.size };
  }

  /** One request. @returns undefined when it must be sent again from the start */
  async function attempt(url: URL, request: DownloadRequest, came: () => void): Promise<DownloadedFile | undefined> {
    const note = await readNote(url);
    const have = note.part === undefined ? 0 : await sizeOf(join(folder, note.part));
    const before = have === 0 ? await finished(note.sha256) : undefined;
    const { body, ...answer } = await requester.get(url, headersFor(note, have, before), request.signal);
    try {
      if (answer.status === 304 && before !== undefined) return before;
      if (answer.status === 416 || (answer.status === 206 && (have === 0 || beginningOf(answer) !== have))) {
        await writeNote(url, {}); // what is here doesn't fit what is there
        return undefined;
      }
      refuseStatus(url, answer.status);
      const validators = validatorsOf(answer);
      const resumed = answer.status === 206;
      const part = resumed ? note.part! : partName(url, validators);
      const resumable = validators.etag !== undefined || validators.lastModified !== undefined;
      if (!resumed) await writeNote(url, resumable ? { ...validators, part } : {});
      const start = resumed ? have : 0;
      const sizeBytes = await receive({ body, ...answer }, join(folder, part), { start, request, came });
      return await finish(url, part, { sizeBytes, validators: resumed ? note : validators, wanted: request.sha256 });
    } catch (error) {
      // Somebody else finished the same file and gave it its name.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    } finally {
      if (answer.status === 304) body.resume();
      else body.destroy();
    }
  }

  async function finish(
    url: URL,
    part: string,
    { sizeBytes, validators, wanted }: { sizeBytes: number; validators: Note; wanted: string | undefined },
  ): Promise<DownloadedFile> {
    const sha256 = await digestOfFile(join(folder, part));
    const { etag, lastModified } = validators;
    if (wanted !== undefined && sha256 !== wanted) {
      await rm(join(folder, part), { force: true });
      await writeNote(url, {});
      throw new WrongDigest(`${shownUrl(url)}: expected SHA-256 ${wanted}, got ${sha256} (${sizeBytes} bytes)`);
    }
    const path = finishedPath(sha256);
    // Somebody else may have finished the same file a moment ago.
    await rename(join(folder, part), path).catch(async (error: unknown) => {
      if ((await sizeOf(path)) !== sizeBytes) throw error;
    });
    await writeNote(url, { ...(etag && { etag }), ...(lastModified && { lastModified }), sha256 });
    return { path, sha256, sizeBytes };
  }

  return {
    async fetch(url, request) {
      await (ready ??= mkdir(folder, { recursive: true }).then(() => removeOld(folder)));
      const here = await finished(request.sha256);
      if (here !== undefined) return here;
      for (let failures = 0; ;) {
        try {
          const file = await attempt(url, request, () => (failures = 0));
          if (file !== undefined) return file;
          failures++;
        } catch (error) {
          request.signal.throwIfAborted();
          if (!(error instanceof DownloadFailed) || failures >= retryDelaysMs.length) throw error;
          await delay(retryDelaysMs[failures++], undefined, { signal: request.signal });
        }
        if (failures > retryDelaysMs.length)
          throw new DownloadFailed(`${shownUrl(url)}: expected the rest of the file, got other parts of it each time`);
      }
    },
  };
}

function headersFor(note: Note, have: number, before: DownloadedFile | undefined): Record<string, string> {
  if (have > 0) return { range: `bytes=${have}-`, 'if-range': note.etag ?? note.lastModified ?? '' };
  if (before === undefined) return {};
  return {
    ...(note.etag !== undefined && { 'if-none-match': note.etag }),
    ...(note.lastModified !== undefined && { 'if-modified-since': note.lastModified }),
  };
}

/** A weak ETag says nothing about bytes; a date nothing within the second it names. */
function validatorsOf({ headers }: Pick<Answer, 'headers'>): Pick<Note, 'etag' | 'lastModified'> {
  const { etag, 'last-modified': lastModified, date } = headers;
  const strong = etag !== undefined && !etag.startsWith('W/');
  const settled =
    lastModified !== undefined && date !== undefined && Date.parse(date) - Date.parse(lastModified) >= 60_000;
  return { ...(strong && { etag }), ...(settled && { lastModified }) };
}

const partName = (url: URL, { etag, lastModified }: Note): string =>
  `part-${digest(etag === undefined && lastModified === undefined ? randomUUID() : JSON.stringify([url.href, etag, lastModified]))}`;

/** Where a 206 begins. */
function beginningOf({ headers }: Pick<Answer, 'headers'>): number | undefined {
  const found = /^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

function refuseStatus(url: URL, status: number): void {
  if (status === 200 || status === 206) return;
  const message = `${shownUrl(url)}: expected status 200, got ${status}`;
  throw PASSING.includes(status) ? new DownloadFailed(message) : new DownloadRefused(message);
}

interface Receiving {
  start: number;
  request: DownloadRequest;
  came: () => void;
}

/** Writes the body from `start` on. @returns the size of the whole file */
async function receive(
  { body, headers, url }: Omit<Answer, 'status'>,
  path: string,
  { start, request, came }: Receiving,
): Promise<number> {
  const { maxBytes, onProgress } = request;
  const tooLarge = (got: string): DownloadTooLarge =>
    new DownloadTooLarge(`${shownUrl(url)}: expected at most ${maxBytes} bytes, got ${got}`);
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  const total = length === undefined ? undefined : start + length;
  if (total !== undefined && total > maxBytes) throw tooLarge(String(total));
  // Never cut: another writer of this name may be further on. Never made anew in its middle: that would leave a hole.
  const file = await open(path, start === 0 ? constants.O_RDWR | constants.O_CREAT : 'r+');
  let position = start;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (position + chunk.length > maxBytes) throw tooLarge('more');
      await file.write(chunk, 0, chunk.length, position);
      position += chunk.length;
      came();
      onProgress?.({ done: position, total: total ?? position });
    }
  } catch (error) {
    if (error instanceof DownloadTooLarge) throw error;
    request.signal.throwIfAborted();
    throw failureOf(url, error);
  } finally {
    await file.close();
  }
  if (total !== undefined && position !== total)
    throw new DownloadFailed(`${shownUrl(url)}: expected ${total} bytes, got ${position}`);
  return position;
}

/** What nobody asked for in a week. */
async function removeOld(folder: string): Promise<void> {
  const oldest = Date.now() - KEPT_DAYS * 24 * 3_600_000;
  for (const name of await readdir(folder)) {
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (info?.isFile() && info.mtimeMs < oldest) await rm(join(folder, name), { force: true });
  }
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
