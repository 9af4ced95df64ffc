// Our side of what is done to pictures, one thread: CPU seconds a picture.

import { inflateSync } from 'node:zlib';
import { createAugmenter } from '../../../ml/augment/augmenter.ts';
import { createMasterMaker } from '../../../ml/augment/master.ts';
import { inflateInto, MAX_INPUT_BYTES } from '../../../ml/codecs/inflate.ts';
import { decodePng } from '../../../ml/codecs/png.ts';
import { createNetworkInput, INPUT_BYTES } from '../../../ml/image/network-input.ts';
import { createRandom } from '../../../ml/random.ts';

const PRESET = { preset: 'reference', preprocessing: 'reference' } as const;
/** Pictures of one measurement of augmentation. */
const AUGMENTED = 30_000;
/** What a runtime divides by 255: there are 256 quotients. */
const UNIT = Float32Array.from({ length: 256 }, (_, level) => level / 255);

export interface Pictures {
  /** PNG → gray → 32×32 → equalised → [0, 1]. */
  decode(): number;
  /** The inflater alone, on as many bytes as the pictures have: no decoder of PNG can be faster than the one it uses. */
  inflate(): number;
  /** The reference's augmentation of network inputs. */
  generate(): number;
  /** Writes `count` augmented inputs and their labels, others at each call. */
  fill(images: Uint8Array, labels: Int32Array, count: number): void;
}

export function openPictures(files: readonly Uint8Array[], labels: Int32Array): Pictures {
  const write = createNetworkInput('reference');
  const input = new Uint8Array(INPUT_BYTES);
  const tensor = new Float32Array(files.length * INPUT_BYTES); // [files, 32, 32, 1] in [0, 1]
  const decode = (): void => {
    files.forEach((file, index) => {
      const { pixels, width, height } = decodePng(file);
      write(pixels, width, height, input, 0);
      const at = index * INPUT_BYTES;
      for (let i = 0; i < INPUT_BYTES; i++) tensor[at + i] = UNIT[input[i]!]!;
    });
  };
  decode(); // the other side has decoded them all before it is asked, too
  const deflated = files.map(compressedPart);
  const sizes = deflated.map((bytes) => inflateSync(bytes).length);
  const inflated = new Uint8Array(Math.max(...sizes));
  const make = createMasterMaker(PRESET);
  const masters = files.map((file) => make(decodePng(file), 'typeface'));
  const augmenter = createAugmenter({ ...PRESET, seed: 1 });
  let made = 0;
  const augmentNext = (out: Uint8Array, offset: number): number => {
    const sample = made % masters.length;
    augmenter.augment(masters[sample]!, 'typeface', sample, Math.floor(made / masters.length), out, offset);
    made++;
    return sample;
  };
  const order = createRandom(1);
  return {
    decode: () => cpuSeconds(decode) / files.length,
    inflate: () =>
      cpuSeconds(() => {
        deflated.forEach((bytes, index) => {
          if (bytes.length > MAX_INPUT_BYTES) inflateSync(bytes);
          else inflateInto(bytes, inflated, sizes[index]!);
        });
      }) / files.length,
    generate: () =>
      cpuSeconds(() => {
        for (let i = 0; i < AUGMENTED; i++) augmentNext(input, 0);
      }) / AUGMENTED,
    fill(images, batchLabels, count) {
      for (let i = 0; i < count; i++) {
        made += order.integer(masters.length); // a batch has all classes
        batchLabels[i] = labels[augmentNext(images, i * INPUT_BYTES)]!;
      }
    },
  };
}

/** The data chunks of a PNG, joined. */
function compressedPart(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const parts: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  return Buffer.concat(parts);
}

function cpuSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
