// Golden inputs: a few images with the probabilities that were right when the model was published. Whoever loads the
// model reads them first and compares; a runtime that computes something else is found before the first real image.

import { decodeBase64, encodeBase64 } from '../base64.ts';
import { likeliestClass } from '../decision.ts';
import { INPUT_SIZE } from '../model.ts';
import { jsonBytes } from './bytes.ts';

export const GOLDEN_COUNT = 32;
// Where the model is least certain a wrong bit shows first.
const UNCERTAIN_COUNT = 16;
const PIXELS = INPUT_SIZE * INPUT_SIZE;

export interface GoldenInput {
  /** Base64 of [32, 32] gray bytes; the model reads them divided by 255. */
  image: string;
  /** Class name of the true class. */
  label: string;
  /** [classes] */
  probabilities: number[];
}

export interface GoldenSet {
  schemaVersion: 1;
  inputs: GoldenInput[];
}

/** Thrown when bytes are not a golden set of version 1. Not worth a retry: the same bytes fail again. */
export class MalformedGolden extends Error {
  override readonly name = 'MalformedGolden';
}

interface Labelled {
  classes: readonly string[];
  /** [samples] class indices. */
  labels: ArrayLike<number>;
  /** [samples, classes] calibrated. */
  probabilities: Float32Array;
}

/**
 * Chooses the 16 samples the model is least certain about (smallest largest probability), then goes round the classes and
 * takes samples spread evenly over each one's own; what is then missing comes from the least certain of the rest.
 * @returns indices of samples, each once, in the order chosen; fewer than `count` when there are fewer samples
 */
export function chooseGolden({ classes, labels, probabilities }: Labelled, count = GOLDEN_COUNT): number[] {
  const confidence = Float64Array.from(labels, (_, sample) => {
    const offset = sample * classes.length;
    return probabilities[offset + likeliestClass(probabilities, classes.length, offset)]!;
  });
  const byConfidence = Array.from(confidence.keys()).sort((a, b) => confidence[a]! - confidence[b]! || a - b);
  const chosen = byConfidence.slice(0, Math.min(count, UNCERTAIN_COUNT));
  const taken = new Set(chosen);
  const waiting = classes.map((_, index) =>
    Array.from(confidence.keys()).filter((sample) => labels[sample] === index && !taken.has(sample)),
  );
  const rounds = Math.ceil((count - chosen.length) / classes.length);
  const spread = waiting.map((samples) => evenly(samples, rounds));
  for (let round = 0; round < rounds; round++)
    for (const samples of spread) {
      const sample = samples[round];
      if (sample !== undefined && chosen.length < count) chosen.push(sample);
    }
  const used = new Set(chosen);
  const rest = byConfidence.filter((sample) => !used.has(sample));
  return [...chosen, ...rest.slice(0, count - chosen.length)];
}

/** `count` of the values at equal distances; all of them when there are not more. */
const evenly = (values: number[], count: number): number[] =>
  values.length <= count
    ? values
    : Array.from({ length: count }, (_, index) => values[Math.floor(((index + 0.5) * values.length) / count)]!);

/**
 * The golden set as a JSON file.
 * @param chosen indices of samples, from `chooseGolden`
 * @param images [samples, 32, 32] gray bytes
 */
export function encodeGolden(labelled: Labelled, chosen: readonly number[], images: Uint8Array): Uint8Array {
  const { classes, labels, probabilities } = labelled;
  const inputs = chosen.map((sample): GoldenInput => ({
    image: encodeBase64(images.subarray(sample * PIXELS, (sample + 1) * PIXELS)),
    label: classes[labels[sample]!]!,
    probabilities: Array.from(probabilities.subarray(sample * classes.length, (sample + 1) * classes.length)),
  }));
  return jsonBytes({ schemaVersion: 1, inputs } satisfies GoldenSet);
}

export interface GoldenInputs {
  /** [count, 32, 32] gray bytes. */
  images: Uint8Array;
  /** [count, classes] */
  probabilities: Float32Array;
  /** [count] class names. */
  labels: string[];
}

/** Reads what `encodeGolden` wrote. @throws MalformedGolden */
export function decodeGolden(bytes: Uint8Array, classCount: number): GoldenInputs {
  const inputs = parseInputs(bytes);
  const images = new Uint8Array(inputs.length * PIXELS);
  const probabilities = new Float32Array(inputs.length * classCount);
  inputs.forEach((input, index) => {
    const pixels = decodeBase64(input.image);
    if (pixels.length !== PIXELS || input.probabilities.length !== classCount)
      throw new MalformedGolden(
        `golden input ${index}: expected ${PIXELS} pixels and ${classCount} probabilities, ` +
          `got ${pixels.length} and ${input.probabilities.length}`,
      );
    images.set(pixels, index * PIXELS);
    probabilities.set(input.probabilities, index * classCount);
  });
  return { images, probabilities, labels: inputs.map((input) => input.label) };
}

function parseInputs(bytes: Uint8Array): GoldenInput[] {
  try {
    const set = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Partial<GoldenSet> | null;
    if (set?.schemaVersion === 1 && Array.isArray(set.inputs) && set.inputs.every(isGoldenInput)) return set.inputs;
  } catch (error) {
    throw new MalformedGolden(`golden set: expected JSON, got ${bytes.length} bytes of something else`, {
      cause: error,
    });
  }
  throw new MalformedGolden(
    `golden set: expected schemaVersion 1 with inputs, got ${bytes.length} bytes of other JSON`,
  );
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const isGoldenInput = (input: Partial<GoldenInput> | null): boolean =>
  typeof input?.label === 'string' &&
  typeof input.image === 'string' &&
  BASE64.test(input.image) &&
  Array.isArray(input.probabilities) &&
  input.probabilities.every((probability) => typeof probability === 'number');

/** The largest difference between two arrays of probabilities of equal length; NaN anywhere gives Infinity. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new RangeError(`probabilities: expected ${a.length} numbers, got ${b.length}`);
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs(a[index]! - b[index]!);
    if (Number.isNaN(difference)) return Infinity;
    largest = Math.max(largest, difference);
  }
  return largest;
}
