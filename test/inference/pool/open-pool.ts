// A real pool with real threads, and models to load into it.

import { createMemoryStore } from '../../../artifacts/memory-store.ts';
import { checkoutFolder } from '../../../config/home.ts';
import { loadModel, type LoadedModel } from '../../../inference/load-model.ts';
import { createReaderPool, type ReaderPoolOptions } from '../../../inference/reader-pool.ts';
import type { EncodedFrame } from '../../../inference/serving.ts';
import { readerThreadFile } from '../../../workers/reader-thread-file.ts';
import { silentServingLog } from '../../support/silent-log.ts';
import { publishRandomModel, type RandomModelOptions } from '../published-model.ts';

export async function openPool(options: Partial<ReaderPoolOptions> = {}) {
  const threadFile = await readerThreadFile(checkoutFolder);
  return createReaderPool({ threadFile, threads: 2, log: silentServingLog, ...options });
}

/** Models of one store: seeds in order become versions 1, 2, 3 … */
export async function randomModels(...all: RandomModelOptions[]): Promise<LoadedModel[]> {
  const store = createMemoryStore();
  const models: LoadedModel[] = [];
  for (const options of all)
    models.push(await loadModel({ store, version: (await publishRandomModel(store, options)).version }));
  return models;
}

/** A gray frame with a dark bar, in another place for each `index`. */
export function grayFrame(index: number, { width = 320, height = 240 } = {}): Extract<EncodedFrame, { kind: 'gray8' }> {
  const bytes = new Uint8Array(width * height).fill(235);
  const left = (index * 7) % (width - 20);
  for (let y = 40; y < height - 40; y++) bytes.fill(20, y * width + left, y * width + left + 12);
  return { kind: 'gray8', bytes, width, height };
}
