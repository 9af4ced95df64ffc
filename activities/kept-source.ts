// The source's own bytes, kept beside the dataset that was made of them: files one after another in parts of some MiB,
// and an index of JSON lines. Whoever has these can make the dataset again without the folder, archive or registry.

import { createHash } from 'node:crypto';
import type { KeptSource } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import { createLargeBuffer } from '../ml/dataset/large-buffer.ts';

/** Few enough parts to be looked at one by one, each far below what a blob may hold. */
const PART_BYTES = 16 * 1024 * 1024;

export interface SourceKeeper {
  /** Takes a file in, in the order of reading. null: something that is no plain file, or can't be read. */
  keep: (path: string, content: Uint8Array | AsyncIterable<Uint8Array> | null) => Promise<void>;
  /** Names a file that stands in the store already, as blobs in order. */
  keepBlobs: (path: string, parts: readonly ArtifactRef[]) => Promise<void>;
  /** Undefined when nothing was kept. */
  finish(): Promise<KeptSource | undefined>;
}

/** @param write stores bytes, which are gone when it has settled */
export function createSourceKeeper(write: (bytes: Uint8Array) => Promise<ArtifactRef>): SourceKeeper {
  const lines: string[] = [];
  const parts: ArtifactRef[] = [];
  const part = createLargeBuffer(PART_BYTES);
  let partBytes = 0;

  async function flush(): Promise<void> {
    if (partBytes === 0) return;
    parts.push(await write(part.atLeast(partBytes).subarray(0, partBytes)));
    part.giveBack();
    partBytes = 0;
  }
  async function add(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const piece = bytes.subarray(from, from + PART_BYTES - partBytes);
      part.atLeast(partBytes + piece.length).set(piece, partBytes); // the source may use its buffer again
      partBytes += piece.length;
      from += piece.length;
      if (partBytes === PART_BYTES) await flush();
    }
  }
  return {
    keep: async (path, content) => {
      if (content === null) return void lines.push(JSON.stringify({ path, sizeBytes: null }));
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        await add(chunk);
      }
      lines.push(JSON.stringify({ path, sizeBytes, sha256: hash.digest('hex') }));
    },
    keepBlobs: async (path, blobs) => {
      await flush(); // what came before stands before
      lines.push(JSON.stringify({ path, sizeBytes: blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }));
      parts.push(...blobs);
    },
    async finish() {
      if (lines.length === 0) return undefined;
      await flush();
      return { index: await write(Buffer.from(lines.map((line) => `${line}\n`).join(''))), parts };
    },
  };
}
