import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ReaderThreadLost } from '../../../inference/pool/errors.ts';
import { createReaderPool } from '../../../inference/reader-pool.ts';
import type { EncodedFrame } from '../../../inference/serving.ts';
import { silentServingLog } from '../../support/silent-log.ts';
import { randomModels } from './open-pool.ts';

const threadFile = path.join(import.meta.dirname, 'moody-thread.mjs');
const MOODS = { calm: 0, exit: 1, throw: 2 } as const;
const frame = (mood: keyof typeof MOODS): EncodedFrame => {
  const bytes = new Uint8Array(64);
  bytes[0] = MOODS[mood];
  return { kind: 'gray8', bytes, width: 8, height: 8 };
};

const models = await randomModels({ seed: 1 }, { seed: 2 });
const open: ReturnType<typeof createReaderPool>[] = [];
const moodyPool = async (threads: number) => {
  const losses: object[] = [];
  const log = { ...silentServingLog, error: (fields: object) => losses.push(fields) };
  const pool = createReaderPool({ threadFile, threads, log });
  open.push(pool);
  for (const model of models) await pool.load(model);
  pool.use(models[0]!.identity.digest);
  return { pool, losses };
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

describe('a reader thread that ends by itself', () => {
  it.each(['exit', 'throw'] as const)(
    'fails the frame that it had begun (%s); the one behind is read',
    async (mood) => {
      const { pool, losses } = await moodyPool(1);
      const settled = await Promise.allSettled([
        pool.readFrame(frame(mood)),
        pool.readFrame(frame('calm')),
        pool.readFrame(frame('calm')),
      ]);
      expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
      expect((settled[0] as PromiseRejectedResult).reason).toBeInstanceOf(ReaderThreadLost);
      expect(losses).toHaveLength(1);
      expect(pool.underway).toBe(0);
    },
  );

  it('leaves the others reading, and is replaced by one that holds every model', async () => {
    const { pool } = await moodyPool(2);
    await expect(pool.readFrame(frame('exit'))).rejects.toThrow(ReaderThreadLost);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => pool.readFrame(frame('calm'), { version: 1 + (index % 2) })),
    );
    expect(answers.map(({ model }) => model.version)).toEqual(
      Array.from({ length: 40 }, (_, index) => 1 + (index % 2)),
    );
  });

  it('may end again and again: every frame is answered or failed, once', async () => {
    const { pool, losses } = await moodyPool(2);
    const frames = Array.from({ length: 60 }, (_, index) => (index % 20 === 7 ? 'exit' : 'calm') as keyof typeof MOODS);
    const settled = await Promise.allSettled(frames.map((mood) => pool.readFrame(frame(mood))));
    settled.forEach(({ status }, index) => {
      if (frames[index] === 'exit') expect(status).toBe('rejected');
      else expect(status).toBe('fulfilled');
    });
    expect(losses).toHaveLength(3);
  });

  it('during a load fails the load, which then works', async () => {
    const { pool } = await moodyPool(1);
    await pool.release(models[1]!.identity.digest);
    const lost = pool.readFrame(frame('exit'));
    const load = pool.load(models[1]!);
    await expect(lost).rejects.toThrow(ReaderThreadLost);
    await expect(load).rejects.toThrow(ReaderThreadLost);
    await pool.load(models[1]!);
    await expect(pool.readFrame(frame('calm'), { version: 2 })).resolves.toMatchObject({ model: { version: 2 } });
  });

  it('is ended when it has been busy for too long', async () => {
    const { pool, losses } = await moodyPool(1);
    const bytes = new Uint8Array(64).fill(3);
    const stuck = pool.readFrame({ kind: 'gray8', bytes, width: 8, height: 8 });
    const start = process.hrtime.bigint();
    const later = vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => start + 30_000_000_000n);
    await expect(stuck).rejects.toThrow(ReaderThreadLost);
    later.mockRestore();
    await expect(pool.readFrame(frame('calm'))).resolves.toBeDefined();
    expect(losses.length).toBeGreaterThanOrEqual(1);
  });
});
