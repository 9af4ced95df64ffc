import { describe, expect, test } from 'vitest';
import { createFrameReader } from '../../../ml/reader/read-frame.ts';

const classes = ['0', '1', 'none'];
const frame = { pixels: new Uint8Array(40 * 30).fill(200), width: 40, height: 30 };
const readerThatSays = (...probabilities: number[]) =>
  createFrameReader({
    model: { classes, threshold: 0.5, preprocessing: 'digit' },
    infer: () => Float32Array.from(probabilities),
  });

describe('a frame read as one digit', () => {
  test('tells its probabilities also where it shows none', async () => {
    const reading = await readerThatSays(0.25, 0.125, 0.625).read(frame, { mode: 'whole' });
    expect(reading).toMatchObject({ decision: 'none', digits: [], whole: [0.25, 0.125, 0.625] });
  });

  test('fills the box of the frame where it shows one', async () => {
    const reading = await readerThatSays(0.75, 0.125, 0.125).read(frame, { mode: 'whole' });
    expect(reading.digits).toMatchObject([{ label: '0', box: { x: 0, y: 0, w: 40, h: 30 } }]);
    expect(reading.whole).toEqual([0.75, 0.125, 0.125]);
  });

  test('is not told of a frame in which digits are looked for', async () => {
    expect(await readerThatSays(0.75, 0.125, 0.125).read(frame)).not.toHaveProperty('whole');
  });
});
