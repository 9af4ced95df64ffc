import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { GoldenMismatch } from '../../../inference/models/golden-check.ts';
import { NoModel, PoolClosed, UnknownVersion } from '../../../inference/pool/errors.ts';
import { createPredictor } from '../../../inference/predictor.ts';
import { UnreadableImage } from '../../../inference/unreadable-image.ts';
import { InvalidImage } from '../../../ml/image/gray-image.ts';
import { CLASSES } from '../published-model.ts';
import { grayFrame, openPool, randomModels } from './open-pool.ts';

type Pool = Awaited<ReturnType<typeof openPool>>;
const open: Pool[] = [];
const opened = async (...all: Parameters<typeof openPool>): Promise<Pool> => {
  const pool = await openPool(...all);
  open.push(pool);
  return pool;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

describe('a reader pool', () => {
  it('reads gray frames as the predictor does', async () => {
    const [model] = await randomModels({ seed: 1 });
    const pool = await opened();
    await pool.load(model!);
    pool.use(model!.identity.digest);
    const predictor = await createPredictor(model!);
    const frames = Array.from({ length: 20 }, (_, index) => grayFrame(index));
    const answers = await Promise.all(frames.map((frame) => pool.readFrame(frame, { mode: 'whole' })));
    for (const [index, { reading, size, model: identity, ms }] of answers.entries()) {
      const { bytes: pixels, width, height } = frames[index]!;
      const expected = await predictor.predict({ pixels, width, height });
      expect(reading.decision).toBe(expected.decision);
      if (reading.digits[0] !== undefined) {
        expect(reading.digits[0].label).toBe(expected.label);
        expect(reading.digits[0].probability).toBeCloseTo(expected.probability, 5);
        expect(reading.digits[0].probabilities).toHaveLength(CLASSES.length);
      }
      expect(size).toEqual({ width: 320, height: 240 });
      expect(identity).toEqual(model!.identity);
      expect(ms.total).toBeGreaterThanOrEqual(ms.decode + ms.locate + ms.infer);
      expect(ms.queue).toBeGreaterThanOrEqual(0);
    }
    await predictor.dispose();
    expect(pool.underway).toBe(0);
  });

  it('takes frames larger than a slot, JPEG, and pictures whose boxes are in their own pixels', async () => {
    const [model] = await randomModels({ seed: 1 });
    const pool = await opened({ threads: 1 });
    await pool.load(model!);
    pool.use(model!.identity.digest);
    const large = grayFrame(3, { width: 1_600, height: 1_200 });
    const raw = { raw: { width: 1_600, height: 1_200, channels: 1 as const } };
    const png = await sharp(large.bytes, raw).png().toBuffer();
    const jpeg = await sharp(large.bytes, raw).resize(640, 480).jpeg().toBuffer();
    const read = (frame: Parameters<Pool['readFrame']>[0]) => pool.readFrame(frame, { mode: 'whole', threshold: 0 });
    expect((await read(large)).size).toEqual({ width: 1_600, height: 1_200 });
    expect((await read({ kind: 'jpeg', bytes: jpeg })).size).toEqual({ width: 640, height: 480 });
    const picture = await read({ kind: 'picture', bytes: png });
    expect(picture.size).toEqual({ width: 1_600, height: 1_200 });
    for (const { box } of picture.reading.digits) expect(box).toEqual({ x: 0, y: 0, w: 1_600, h: 1_200 });
  });

  it('says what is wrong with a frame, and reads the next one', async () => {
    const [model] = await randomModels({ seed: 1 });
    const pool = await opened({ threads: 1 });
    await pool.load(model!);
    pool.use(model!.identity.digest);
    const wide = await sharp({ create: { width: 1_281, height: 8, channels: 3, background: 'white' } })
      .jpeg()
      .toBuffer();
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    await expect(pool.readFrame({ kind: 'jpeg', bytes: wide })).rejects.toThrow(UnreadableImage);
    await expect(pool.readFrame({ kind: 'jpeg', bytes: png })).rejects.toThrow(UnreadableImage);
    await expect(pool.readFrame({ kind: 'jpeg', bytes: wide.subarray(0, 200) })).rejects.toThrow(UnreadableImage);
    await expect(pool.readFrame({ kind: 'picture', bytes: Buffer.from('text') })).rejects.toThrow(UnreadableImage);
    await expect(pool.readFrame({ ...grayFrame(0), width: 319 })).rejects.toThrow(InvalidImage);
    await expect(pool.readFrame(grayFrame(0))).resolves.toMatchObject({ model: model!.identity });
    expect(pool.underway).toBe(0);
  });

  it('answers network inputs with probabilities, also from a view into something larger', async () => {
    const [model] = await randomModels({ seed: 1 });
    const pool = await opened();
    await pool.load(model!);
    pool.use(model!.identity.digest);
    const { images, probabilities, labels } = model!.golden;
    const larger = new Float32Array(images.length + 8);
    larger.set(
      Float32Array.from(images, (byte) => byte / 255),
      8,
    );
    const view = larger.subarray(8);
    for (const values of [view, view.slice()]) {
      const answer = await pool.infer(values, labels.length);
      expect(answer.model).toEqual(model!.identity);
      answer.probabilities.forEach((value, index) => expect(value).toBeCloseTo(probabilities[index]!, 4));
    }
    expect(larger.length).toBe(images.length + 8);
    await expect(pool.infer(new Float32Array(1_000), 1)).rejects.toThrow(RangeError);
  });

  it('refuses what it has no model for, and everything once it is closed', async () => {
    const [model] = await randomModels({ seed: 1 });
    const pool = await opened({ threads: 1 });
    await expect(pool.readFrame(grayFrame(0))).rejects.toThrow(NoModel);
    await pool.load(model!);
    await expect(pool.readFrame(grayFrame(0))).rejects.toThrow(NoModel);
    pool.use(model!.identity.digest);
    await expect(pool.readFrame(grayFrame(0), { version: 2 })).rejects.toThrow(UnknownVersion);
    const underway = [pool.readFrame(grayFrame(0)), pool.readFrame(grayFrame(1)), pool.readFrame(grayFrame(2))];
    const settled = Promise.allSettled(underway);
    await pool.close();
    for (const result of await settled)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(PoolClosed);
    await expect(pool.readFrame(grayFrame(0))).rejects.toThrow(PoolClosed);
    await expect(pool.load(model!)).rejects.toThrow(PoolClosed);
  });

  it('reads frames taken before a swap with the old model and lets that go after its last one', async () => {
    const [first, second] = await randomModels({ seed: 1 }, { seed: 2 });
    const pool = await opened();
    await pool.load(first!);
    pool.use(first!.identity.digest);
    await pool.load(second!);
    const before = Array.from({ length: 10 }, (_, index) => pool.readFrame(grayFrame(index)));
    pool.use(second!.identity.digest);
    const after = Array.from({ length: 10 }, (_, index) => pool.readFrame(grayFrame(index)));
    const released = pool.release(first!.identity.digest);
    await expect(pool.readFrame(grayFrame(0), { version: 1 })).rejects.toThrow(UnknownVersion);
    expect((await Promise.all(before)).map(({ model }) => model.version)).toEqual(Array(10).fill(1));
    expect((await Promise.all(after)).map(({ model }) => model.version)).toEqual(Array(10).fill(2));
    await released;
  });

  it('keeps nothing of a model that does not prove itself', async () => {
    const [good, bad] = await randomModels({ seed: 1 }, { seed: 2, wrongGolden: true });
    const pool = await opened();
    await pool.load(good!);
    pool.use(good!.identity.digest);
    await expect(pool.load(bad!)).rejects.toThrow(GoldenMismatch);
    expect(() => pool.use(bad!.identity.digest)).toThrow(UnknownVersion);
    await expect(pool.readFrame(grayFrame(0))).resolves.toMatchObject({ model: good!.identity });
  });
});
