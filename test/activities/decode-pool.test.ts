import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeInOrder, type RawItem } from '../../activities/sources/decode-in-order.ts';
import type { SourceItem } from '../../activities/sources/source.ts';
import { createDecodePool } from '../../activities/threads/decode-pool.ts';
import { checkoutFolder } from '../../config/home.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { createRandom } from '../../ml/random.ts';
import { bundleCode } from '../../workers/code.ts';

let threadFile: string;
beforeAll(async () => {
  const { thread } = await bundleCode(checkoutFolder, { thread: 'activities/threads/decode-thread.ts' });
  threadFile = thread.file;
});

/** Small, large and broken files, JPEGs and what was set aside before, in an order that the seed decides. */
async function drawFiles(seed: number, count: number): Promise<RawItem[]> {
  const random = createRandom(seed);
  const png = (side: number): Buffer => {
    const pixels = Uint8Array.from({ length: side * side }, () => random.integer(256));
    return Buffer.from(encodePng({ pixels, width: side, height: side }));
  };
  const jpeg = await sharp(png(60)).jpeg().toBuffer();
  const made: Record<string, () => Buffer> = {
    small: () => png(8 + random.integer(20)),
    large: () => png(50 + random.integer(40)),
    cut: () => png(60).subarray(0, -20),
    damaged: () => {
      const file = png(60);
      file[file.length >> 1]! ^= 1;
      return file;
    },
    empty: () => Buffer.alloc(0),
    text: () => Buffer.from('no picture '.repeat(300)),
    jpeg: () => jpeg,
  };
  const kinds = ['large', 'large', 'large', ...Object.keys(made)];
  return Array.from({ length: count }, (_, i): RawItem => {
    const kind = kinds[random.integer(kinds.length)]!;
    const name = `${i}-${kind}`;
    if (random.chance(0.05)) return { name, rejected: { reason: 'not-a-plain-file', detail: 'a link' } };
    return { name, className: String(i % 10), group: i % 3 === 0 ? `g${i % 7}` : undefined, bytes: made[kind]!() };
  });
}

async function* inTurn(files: readonly RawItem[]): AsyncGenerator<RawItem> {
  for (const file of files) yield await Promise.resolve(file);
}

async function digestOf(files: readonly RawItem[], threads: number): Promise<{ digest: string; items: SourceItem[] }> {
  const pool = threads > 0 ? createDecodePool({ threadFile, threads }) : undefined;
  const digest = createHash('sha256');
  const items: SourceItem[] = [];
  try {
    for await (const item of decodeInOrder(inTurn(files), { source: 'here', pool, ownMs: 0 })) {
      items.push(item);
      digest.update(JSON.stringify({ ...item, image: undefined }));
      if ('image' in item) digest.update(Uint8Array.of(item.image.width, item.image.height)).update(item.image.pixels);
    }
  } finally {
    await pool?.close();
  }
  return { digest: digest.digest('hex'), items };
}

describe('decoding by a pool', () => {
  it('gives the same pictures and reasons in the same order with no, one and three threads', async () => {
    for (const seed of [1, 2]) {
      const files = await drawFiles(seed, 120);
      const alone = await digestOf(files, 0);
      expect(alone.items.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
      expect(alone.items.filter((item) => 'rejected' in item).length).toBeGreaterThan(20);
      for (const threads of [1, 3]) expect((await digestOf(files, threads)).digest).toBe(alone.digest);
    }
  });

  it('fails in the turn of the batch whose thread was lost, and every later batch with it', async () => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'decode-')), 'thread.mjs');
    await writeFile(
      file,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', () => process.exit(7));`,
    );
    const pool = createDecodePool({ threadFile: file, threads: 1 });
    const both = await Promise.allSettled([pool.decode([Uint8Array.of(1)]), pool.decode([Uint8Array.of(2)])]);
    const lost = { name: 'StepThreadLost', retryable: true, message: /exit code 7/ };
    for (const each of both) expect(each).toMatchObject({ status: 'rejected', reason: lost });
    await expect(pool.decode([Uint8Array.of(3)])).rejects.toMatchObject(lost);
    await pool.close();
  });

  it('ends its threads when it is closed, whatever they are at', async () => {
    const [item] = (await drawFiles(3, 10)).filter((each) => each.name.endsWith('large') && 'bytes' in each);
    const { bytes } = item as Extract<RawItem, { bytes: Uint8Array }>;
    const pool = createDecodePool({ threadFile, threads: 2 });
    const decoding = Promise.allSettled([1, 2, 3].map(() => pool.decode(Array(64).fill(bytes))));
    await pool.close();
    for (const each of await decoding)
      expect(each).toMatchObject({ status: 'rejected', reason: { name: 'StepThreadLost' } });
  });
});
