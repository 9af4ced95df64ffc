// A source's context and a store of blobs, kept in memory and counted.

import { createHash } from 'node:crypto';
import type { OpenedSource, Source, SourceContext, SourceItem } from '../../../activities/sources/source.ts';
import type { StepContext, StepProgress } from '../../../activities/step.ts';
import type { ArtifactRef } from '../../../artifacts/store.ts';
import { encodePng } from '../../../ml/codecs/png.ts';
import type { GrayImage } from '../../../ml/image/gray-image.ts';

export interface TestContext extends StepContext, SourceContext {
  blobs: Map<string, Uint8Array>;
  warnings: string[];
  news: StepProgress[];
  /** Path → content, of what the source kept. */
  kept: Map<string, Uint8Array | null>;
}

export function testContext(signal: AbortSignal = new AbortController().signal): TestContext {
  const blobs = new Map<string, Uint8Array>();
  const warnings: string[] = [];
  const news: StepProgress[] = [];
  const kept = new Map<string, Uint8Array | null>();
  return {
    blobs,
    warnings,
    news,
    kept,
    async keep(path, content) {
      if (content === null || content instanceof Uint8Array) return void kept.set(path, content);
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
      kept.set(path, Buffer.concat(chunks));
    },
    keepBlobs: async (path, parts) => void kept.set(path, Buffer.concat(parts.map(({ key }) => blobs.get(key)!))),
    signal,
    read: (ref: ArtifactRef) => {
      const bytes = blobs.get(ref.key);
      return bytes === undefined ? Promise.reject(new Error(`no blob ${ref.key}`)) : Promise.resolve(bytes);
    },
    write: (bytes: Uint8Array) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      blobs.set(sha256, Uint8Array.from(bytes));
      return Promise.resolve({ key: sha256, sha256, sizeBytes: bytes.length });
    },
    progress: (progress) => void news.push(progress),
    warn: (message) => void warnings.push(message),
  };
}

export async function readAll(
  source: Source,
  context: SourceContext = testContext(),
): Promise<{ opened: OpenedSource; items: SourceItem[] }> {
  const opened = await source.open(context);
  const items: SourceItem[] = [];
  for await (const item of opened.items()) items.push(item);
  return { opened, items };
}

/** A small picture that differs for every number. */
export function picture(number: number, side = 8): GrayImage {
  const pixels = Uint8Array.from(
    { length: side * side },
    (_, i) => (i === 0 ? number : i === 1 ? number >> 8 : i * 7 + number * 13) & 255,
  );
  return { pixels, width: side, height: side };
}

export const pngOf = (number: number, side = 8): Uint8Array => encodePng(picture(number, side));
