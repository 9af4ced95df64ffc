import { describe, expect, test } from 'vitest';
import sharp from 'sharp';
import { DamagedArtifact } from '../../artifacts/blobs.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { publicKeyOf } from '../../artifacts/signature.ts';
import { decodeImage } from '../../inference/decode-image.ts';
import { loadModel } from '../../inference/load-model.ts';
import { UntrustedModel } from '../../inference/models/errors.ts';
import { GoldenMismatch } from '../../inference/models/golden-check.ts';
import { createPredictor } from '../../inference/predictor.ts';
import { createOnnxRuntime } from '../../inference/runtimes/onnx.ts';
import { RuntimeFailure } from '../../inference/runtimes/runtime.ts';
import { UnreadableImage } from '../../inference/unreadable-image.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import { CLASSES, publishRandomModel } from './published-model.ts';

/** A dark bar on white paper. */
const bar = (width: number, height: number, left: number): GrayImage => ({
  pixels: Uint8Array.from({ length: width * height }, (_, at) => {
    const x = at % width;
    return x >= left && x < left + width / 8 ? 20 : 240;
  }),
  width,
  height,
});

describe('a model from the store', () => {
  test('predicts after it has answered its golden inputs, alone and in batches alike', async () => {
    const store = createMemoryStore();
    const { version, signingKey } = await publishRandomModel(store);
    const predictor = await createPredictor(
      await loadModel({ store, version, trustedKeys: [publicKeyOf(signingKey)] }),
    );
    const images = Array.from({ length: 70 }, (_, index) => bar(40, 60, index % 30));
    const many = await predictor.predictMany(images);
    const one = await predictor.predict(images[65]!);
    await predictor.dispose();
    expect(predictor.model).toEqual({ name: 'digits', version: 1, digest: version.digest });
    expect(many).toHaveLength(70);
    for (const { label, probability, decision } of many) {
      expect(CLASSES.slice(0, 10)).toContain(label);
      expect(probability).toBeGreaterThan(0);
      expect(['digit', 'uncertain', 'none']).toContain(decision);
    }
    expect(one.label).toBe(many[65]!.label);
    expect(one.probability).toBeCloseTo(many[65]!.probability, 5);
  });

  test('is refused when another key signed it', async () => {
    const store = createMemoryStore();
    const { version } = await publishRandomModel(store);
    const { signingKey } = await publishRandomModel(createMemoryStore());
    await expect(loadModel({ store, version, trustedKeys: [publicKeyOf(signingKey)] })).rejects.toThrow(UntrustedModel);
  });

  test('is refused when its record was changed', async () => {
    const store = createMemoryStore();
    const { version } = await publishRandomModel(store);
    await expect(loadModel({ store, version: { ...version, threshold: 0 } })).rejects.toThrow(/expected the digest/);
  });

  test('is refused when its golden inputs were changed', async () => {
    const store = createMemoryStore();
    const { version } = await publishRandomModel(store);
    const other = await publishRandomModel(store, { seed: 2 });
    await expect(loadModel({ store, version: { ...version, golden: other.version.golden } })).rejects.toThrow(
      UntrustedModel,
    );
  });

  test('is refused when it was withdrawn', async () => {
    const store = createMemoryStore();
    const { version } = await publishRandomModel(store);
    const withdrawn = { ...version, deletedAt: version.createdAt };
    await expect(loadModel({ store, version: withdrawn })).rejects.toThrow(/withdrawn/);
  });

  test('is refused when a byte of it is damaged', async () => {
    const store = createMemoryStore();
    const { version } = await publishRandomModel(store);
    const { key } = version.files[0]!;
    const bytes = (await store.get(key))!.bytes.slice();
    bytes[100] = bytes[100]! ^ 1;
    await store.put(key, bytes);
    await expect(loadModel({ store, version })).rejects.toThrow(DamagedArtifact);
  });

  test('is refused when this machine computes other probabilities', async () => {
    const store = createMemoryStore();
    const { version } = await publishRandomModel(store, { wrongGolden: true });
    await expect(createPredictor(await loadModel({ store, version }))).rejects.toThrow(GoldenMismatch);
  });
});

describe('the ONNX runtime', () => {
  test('refuses bytes that are no model', async () => {
    await expect(createOnnxRuntime({ model: new Uint8Array(100), classCount: 11 })).rejects.toThrow(RuntimeFailure);
  });
});

describe('a picture file', () => {
  const image = bar(48, 32, 10);
  const png = encodePng(image);

  test('gives the same gray as PNG, TIFF and lossless WebP', async () => {
    for (const bytes of [
      png,
      await sharp(png).tiff({ compression: 'lzw' }).toBuffer(),
      await sharp(png).webp({ lossless: true }).toBuffer(),
    ])
      expect(await decodeImage(bytes)).toEqual(image);
  });

  test('is nearly the same as JPEG', async () => {
    const { pixels, width, height } = await decodeImage(await sharp(png).jpeg({ quality: 95 }).toBuffer());
    expect([width, height]).toEqual([48, 32]);
    const largest = Math.max(...pixels.map((value, at) => Math.abs(value - image.pixels[at]!)));
    expect(largest).toBeLessThan(24);
  });

  test('is turned upright by its orientation, and shrunk when it is large', async () => {
    const turned = await sharp(png).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await decodeImage(turned)).toMatchObject({ width: 32, height: 48 });
    const large = await sharp({ create: { width: 3_000, height: 1_500, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    expect(await decodeImage(large)).toMatchObject({ width: 1_024, height: 512 });
  });

  test('has white paper where it is transparent', async () => {
    const clear = { create: { width: 8, height: 8, channels: 4 as const, background: { r: 0, g: 0, b: 0, alpha: 0 } } };
    for (const bytes of [await sharp(clear).png().toBuffer(), await sharp(clear).webp().toBuffer()])
      expect((await decodeImage(bytes)).pixels).toEqual(new Uint8Array(64).fill(255));
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('not a picture')],
    ['half a PNG', Buffer.from(png.subarray(0, png.length >> 1))],
  ])('%s is unreadable', async (_name, bytes) => {
    await expect(decodeImage(bytes)).rejects.toThrow(UnreadableImage);
  });
});
