// Network inputs as they come over HTTP: numbers in JSON, nested or flat, and raw little-endian float32.

import { INPUT_SIZE } from '../../ml/model.ts';
import { HttpProblem } from './problem.ts';

/** Values of one network input: 32 × 32 × 1. */
export const INPUT_VALUES = INPUT_SIZE * INPUT_SIZE;

/** Network inputs of one request: as many are computed in about a millisecond, so no thread is held for long. */
export const MOST_INPUTS = 64;

/**
 * Copies JSON numbers to `out`: all in one flat list, or nested exactly by `shape`.
 * @param shape e.g. [batch, 32, 32, 1]; its product is the length of `out`
 * @throws HttpProblem bad-tensor
 */
export function readJsonTensor(data: unknown, shape: readonly number[], out: Float32Array): void {
  if (!Array.isArray(data)) throw badTensor(`expected a list of numbers, got ${kindOf(data)}`);
  const isNested = Array.isArray(data[0]);
  const end = isNested ? readNested(data, { shape, depth: 0, out, at: 0 }) : readRow(data, out, 0);
  if (end !== out.length) throw badTensor(`expected ${out.length} numbers, got ${end}`);
}

interface Nested {
  shape: readonly number[];
  depth: number;
  out: Float32Array;
  at: number;
}

// Depth is that of the shape, so no client decides how deep this recurses.
function readNested(data: unknown, { shape, depth, out, at }: Nested): number {
  if (!Array.isArray(data)) throw badTensor(`expected lists nested as the shape ${textOf(shape)}`);
  if (data.length !== shape[depth])
    throw badTensor(`expected lists of ${shape[depth]} at depth ${depth + 1}, got one of ${data.length}`);
  if (depth === shape.length - 1) return readRow(data, out, at);
  let next = at;
  for (const part of data as unknown[]) next = readNested(part, { shape, depth: depth + 1, out, at: next });
  return next;
}

function readRow(row: readonly unknown[], out: Float32Array, at: number): number {
  if (at + row.length > out.length) throw badTensor(`expected ${out.length} numbers, got more`);
  for (let index = 0; index < row.length; index++) {
    const value = row[index];
    if (typeof value !== 'number') throw badTensor(`expected numbers, got ${kindOf(value)}`);
    out[at + index] = value;
    // 1e999 is Infinity to JSON.parse, and 1e39 only in float32.
    if (!Number.isFinite(out[at + index]!)) throw badTensor('expected finite float32 numbers, got one that is not');
  }
  return at + row.length;
}

/**
 * Float32 values of raw bytes, copied to a buffer of their own.
 * @throws HttpProblem bad-tensor for another number of bytes, NaN or Infinity
 */
export function readRawTensor(bytes: Uint8Array, valueCount: number): Float32Array {
  if (bytes.byteLength !== valueCount * 4)
    throw badTensor(`expected ${valueCount * 4} bytes of raw float32, got ${bytes.byteLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(valueCount);
  for (let index = 0; index < valueCount; index++) {
    const value = view.getFloat32(index * 4, true); // wire order, whatever the machine's own
    if (!Number.isFinite(value)) throw badTensor('expected finite float32 numbers, got one that is not');
    values[index] = value;
  }
  return values;
}

export const badTensor = (problem: string): HttpProblem => new HttpProblem('bad-tensor', problem);

export const textOf = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

export const kindOf = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
};
