// Files a source reads by address. From the network, kept beside the dataset as they come; or, when a version is computed
// once more, from where those kept ones were laid out: the network of then is not asked.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DownloadTimedOut } from '../../errors.ts';
import type { SourceContext } from '../source.ts';
import { shownUrl } from './address-policy.ts';
import type { DownloadedFile, DownloadRequest, Downloads } from './downloads.ts';

export interface RemoteFiles {
  /** @param keptAs the file's name among what is kept @throws what `Downloads.fetch` throws, DownloadTimedOut */
  fetch(url: URL, keptAs: string, request: DownloadRequest): Promise<DownloadedFile>;
}

/** @param timeoutSeconds for all files of the source together, from now on */
export function networkFiles(downloads: Downloads, timeoutSeconds: number): RemoteFiles {
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  return {
    async fetch(url, _keptAs, request) {
      try {
        return await downloads.fetch(url, { ...request, signal: AbortSignal.any([request.signal, limit]) });
      } catch (error) {
        if (!limit.aborted || request.signal.aborted) throw error;
        throw new DownloadTimedOut(
          `${shownUrl(url)}: expected all files of the source within ${timeoutSeconds} s, got only some; ` +
            'another attempt goes on from here',
          { cause: error },
        );
      }
    },
  };
}

/** @param folder where kept files were laid out */
export function keptFiles(folder: string): RemoteFiles {
  return {
    async fetch(_url, keptAs) {
      const path = join(folder, keptAs);
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
      return { path, sha256: hash.digest('hex'), sizeBytes: (await stat(path)).size };
    },
  };
}

export const keepDownloaded = ({ keep }: SourceContext, keptAs: string, { path }: DownloadedFile): Promise<void> =>
  keep(keptAs, createReadStream(path) as AsyncIterable<Buffer>);
