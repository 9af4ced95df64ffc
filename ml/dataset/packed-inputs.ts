// Network inputs as one blob of bytes: what preprocess and augment write and what the trainer child reads from disk,
// whole or image by image.
// Layout, little-endian: 'DFIN' · u32 version · u32 count · u32 image bytes · count × u8 label · zeros up to a multiple
// of 4 · count × u32 sample index · count × image. Equal samples give equal bytes.

import { INPUT_SIZE } from '../model.ts';
import type { LargeBuffer } from './large-buffer.ts';

export const INPUT_BYTES = INPUT_SIZE * INPUT_SIZE;

const MAGIC = 0x4e494644; // 'DFIN' read as little-endian u32
const VERSION = 1;
export const HEADER_BYTES = 16;

export interface PackedInputs {
  count: number;
  /** [count] class indices. */
  labels: Uint8Array;
  /** [count] the sample of the dataset that an input was made from. */
  sampleIndices: Uint32Array;
  /** [count, 32, 32] gray bytes. */
  images: Uint8Array;
}

/** Thrown when bytes are not packed inputs of version 1. Not worth a retry: the same bytes fail again. */
export class MalformedInputs extends Error {
  override readonly name = 'MalformedInputs';
  readonly code = 'MalformedInputs';
  readonly retryable = false;
}

const aligned = (size: number): number => Math.ceil(size / 4) * 4;

const sizeOfInputs = (count: number): number => HEADER_BYTES + aligned(count) + count * (4 + INPUT_BYTES);

/** A blob of so many samples that are put in place one by one. */
export interface InputsBlob {
  count: number;
  /** All of it: a view that holds until its room is given back. */
  bytes: Uint8Array;
  /** @param image [32, 32] gray bytes */
  put(place: number, sample: { label: number; sampleIndex: number; image: Uint8Array }): void;
}

/** @param room where it lies, new or given back before */
export function layOutInputs(count: number, room: LargeBuffer): InputsBlob {
  const sizeBytes = sizeOfInputs(count);
  const bytes = room.atLeast(sizeBytes).subarray(0, sizeBytes);
  const view = new DataView(bytes.buffer, 0, sizeBytes);
  [MAGIC, VERSION, count, INPUT_BYTES].forEach((word, i) => view.setUint32(4 * i, word, true));
  const indicesStart = HEADER_BYTES + aligned(count);
  const imagesStart = indicesStart + 4 * count;
  return {
    count,
    bytes,
    put(place, { label, sampleIndex, image }) {
      expectInputs('place', place, 0, count - 1);
      expectInputs('bytes of an image', image.length, INPUT_BYTES, INPUT_BYTES);
      bytes[HEADER_BYTES + place] = label;
      view.setUint32(indicesStart + 4 * place, sampleIndex, true);
      bytes.set(image, imagesStart + place * INPUT_BYTES);
    },
  };
}

/** Where things stand in packed inputs. */
export interface InputsLayout {
  count: number;
  labelsStart: number;
  indicesStart: number;
  imagesStart: number;
  /** Of all bytes. */
  sizeBytes: number;
}

/**
 * Reads the first HEADER_BYTES of packed inputs.
 * @throws MalformedInputs for another format, version or image size, or fewer bytes
 */
export function layoutOfInputs(header: Uint8Array): InputsLayout {
  if (header.length < HEADER_BYTES)
    throw new MalformedInputs(`packed inputs: expected at least 16 bytes, got ${header.length}`);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(0, true) !== MAGIC) {
    throw new MalformedInputs(`packed inputs: expected 'DFIN' at byte 0, got 0x${view.getUint32(0).toString(16)}`);
  }
  expectField('version', view.getUint32(4, true), VERSION);
  expectField('bytes of an image', view.getUint32(12, true), INPUT_BYTES);
  const count = view.getUint32(8, true);
  const indicesStart = HEADER_BYTES + aligned(count);
  const imagesStart = indicesStart + count * 4;
  return { count, labelsStart: HEADER_BYTES, indicesStart, imagesStart, sizeBytes: sizeOfInputs(count) };
}

/**
 * Reads packed inputs. Labels and images are views into `bytes`, not copies: leave the bytes alone while they are used.
 * @throws MalformedInputs for another format, version, image size or length
 */
export function decodeInputs(bytes: Uint8Array): PackedInputs {
  const { count, labelsStart, indicesStart, imagesStart, sizeBytes } = layoutOfInputs(bytes);
  expectField(`bytes in all for ${count} inputs`, bytes.length, sizeBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    count,
    labels: bytes.subarray(labelsStart, labelsStart + count),
    sampleIndices: Uint32Array.from({ length: count }, (_, i) => view.getUint32(indicesStart + i * 4, true)),
    images: bytes.subarray(imagesStart),
  };
}

function expectInputs(what: string, got: number, low: number, high: number): void {
  if (!(got >= low && got <= high))
    throw new RangeError(`packed inputs: expected ${what} in ${low} … ${high}, got ${got}`);
}

function expectField(what: string, got: number, expected: number): void {
  if (got !== expected) throw new MalformedInputs(`packed inputs: expected ${what} to be ${expected}, got ${got}`);
}
