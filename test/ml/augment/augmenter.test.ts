import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAugmenter, InvalidMaster } from '../../../ml/augment/augmenter.ts';
import { createMasterMaker } from '../../../ml/augment/master.ts';
import type { Master, SampleTraits } from '../../../ml/augment/master.ts';
import type { AugmentPreset } from '../../../ml/augment/presets.ts';
import type { Preprocessing } from '../../../ml/image/network-input.ts';
import { INPUT_BYTES, toNetworkInput } from '../../../ml/image/network-input.ts';
import { syntheticImage } from '../image/synthetic.ts';

const traitsOf = (index: number): SampleTraits => (['typeface', 'handwriting', 'other'] as const)[index % 3]!;
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

function makeMasters(preset: AugmentPreset, preprocessing: Preprocessing, count = 200): Master[] {
  const make = createMasterMaker({ preset, preprocessing });
  return Array.from({ length: count }, (_, index) => make(syntheticImage(index), traitsOf(index)));
}

interface PoolOptions {
  preset: AugmentPreset;
  preprocessing?: Preprocessing;
  scale?: number;
  seed?: number;
  /** @default 1 */
  variants?: number;
}

/** Variants of each of the masters, made in the order given. */
function makePool(options: PoolOptions, masters: Master[], order: number[]): Uint8Array {
  const { preset, preprocessing = 'digit', scale = 1, seed = 1, variants = 1 } = options;
  const { augment } = createAugmenter({ preset, preprocessing, scale, seed });
  const pool = new Uint8Array(order.length * variants * INPUT_BYTES);
  for (const index of order)
    for (let variant = 0; variant < variants; variant++)
      augment(masters[index]!, traitsOf(index), index, variant, pool, (index * variants + variant) * INPUT_BYTES);
  return pool;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('createAugmenter', () => {
  it('gives the same bits everywhere', () => {
    const digests = (['camera', 'reference'] as const).flatMap((preset) =>
      (['digit', 'reference'] as const).map((preprocessing) => {
        const masters = makeMasters(preset, preprocessing);
        const pool = makePool({ preset, preprocessing }, masters, upTo(200));
        return [preset, preprocessing, digest(Buffer.concat(masters.map(({ pixels }) => pixels))), digest(pool)];
      }),
    );
    expect(digests).toEqual([
      ['camera', 'digit', '3926feef5fac7aee', 'd6cd87e877811ebe'],
      ['camera', 'reference', '3926feef5fac7aee', '5b3924981efba85e'],
      ['reference', 'digit', '7b075bc3e358c7ca', 'cc3594c85b6c02ff'],
      ['reference', 'reference', 'df8957c313a78cab', 'aea79a7ac4afb23a'],
    ]);
  });

  it('makes each sample by its name alone, in any order, in any part', () => {
    for (const preset of ['camera', 'reference'] as const) {
      const masters = makeMasters(preset, 'digit', 15);
      const forwards = makePool({ preset, variants: 2 }, masters, upTo(15));
      expect(makePool({ preset, variants: 2 }, masters, upTo(15).reverse())).toEqual(forwards);
    }
  });

  it('makes other samples for another seed, sample or variant', () => {
    const masters = makeMasters('camera', 'digit', 1);
    const { augment } = createAugmenter({ preset: 'camera', preprocessing: 'digit', seed: 5 });
    const other = createAugmenter({ preset: 'camera', preprocessing: 'digit', seed: 6 });
    const samples = Array.from({ length: 4 }, () => new Uint8Array(INPUT_BYTES));
    augment(masters[0]!, 'typeface', 0, 0, samples[0]!, 0);
    augment(masters[0]!, 'typeface', 0, 1, samples[1]!, 0);
    augment(masters[0]!, 'typeface', 1, 0, samples[2]!, 0);
    other.augment(masters[0]!, 'typeface', 0, 0, samples[3]!, 0);
    expect(new Set(samples.map(digest)).size).toBe(4);
  });

  it('gives network inputs as `digit` makes them: an ink box of about 26 pixels, in the middle', () => {
    const masters = makeMasters('camera', 'digit', 60);
    const pool = makePool({ preset: 'camera', variants: 2 }, masters, upTo(60));
    const boxes = upTo(120).map((sample) => {
      const ink = upTo(INPUT_BYTES).filter((i) => pool[sample * INPUT_BYTES + i]! > 110);
      const rows = ink.map((i) => i >> 5);
      const columns = ink.map((i) => i & 31);
      return { low: Math.min(...rows, ...columns), high: Math.max(...rows, ...columns) };
    });
    expect(boxes.filter(({ low, high }) => low >= 2 && low <= 5 && high >= 26 && high <= 29).length).toBeGreaterThan(
      110,
    );
  });

  it('leaves the network input alone with preset none, and nearly so with reference at scale 0', () => {
    const masters = makeMasters('none', 'digit', 10);
    const image = syntheticImage(4);
    const pool = makePool({ preset: 'none' }, masters, upTo(10));
    const input = toNetworkInput(image.pixels, image.width, image.height, 'digit');
    expect(pool.subarray(4 * INPUT_BYTES, 5 * INPUT_BYTES)).toEqual(input);
    expect(makePool({ preset: 'reference', scale: 0 }, masters, upTo(10))).toEqual(pool);
  });

  it('gives zeros for a blank picture', () => {
    const blank = { pixels: new Uint8Array(400).fill(200), width: 20, height: 20 };
    const master = createMasterMaker({ preset: 'camera', preprocessing: 'digit' })(blank, 'typeface');
    const { augment } = createAugmenter({ preset: 'camera', preprocessing: 'digit', seed: 1 });
    const out = new Uint8Array(INPUT_BYTES);
    let inked = 0;
    for (let variant = 0; variant < 50; variant++) {
      augment(master, 'typeface', 0, variant, out, 0);
      if (out.some((level) => level > 0)) inked++; // noise alone may look like ink
    }
    expect(master.pixels).toEqual(new Uint8Array(4096));
    expect(inked).toBeLessThan(40);
  });

  it('refuses masters of another preset, wrong sizes, outputs without room, wrong scales and seeds', () => {
    const out = new Uint8Array(INPUT_BYTES);
    const [canvas] = makeMasters('camera', 'digit', 1);
    const [input] = makeMasters('reference', 'digit', 1);
    const camera = createAugmenter({ preset: 'camera', preprocessing: 'digit', seed: 1 });
    const call =
      (master: Master, offset = 0) =>
      () =>
        camera.augment(master, 'typeface', 0, 0, out, offset);
    expect(call(input!)).toThrow(InvalidMaster);
    expect(call({ kind: 'canvas', pixels: new Uint8Array(4095) })).toThrow(/4096 bytes, got 4095/);
    expect(call({ kind: 'canvas', pixels: new Uint8Array(4096), skeleton: new Uint8Array(1) })).toThrow(/skeleton/);
    expect(call(canvas!, 1)).toThrow(/room/);
    const options = { preset: 'reference', preprocessing: 'digit', seed: 1 } as const;
    expect(() => createAugmenter({ ...options, scale: 3 })).toThrow(RangeError);
    expect(() => createAugmenter({ ...options, seed: -1 })).toThrow(RangeError);
  });
});
