// What a model answered on its own test split, sample by sample, with what makes a sample of one split that of another.

import { createHash } from 'node:crypto';
import { getBlob } from '../../artifacts/blobs.ts';
import { parseMemberNames, parseMembers } from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { decodeInputs, INPUT_BYTES } from '../../ml/dataset/packed-inputs.ts';
import type { ModelAnswers } from '../../ml/comparison.ts';
import type { Origin } from '../models/origin.ts';
import type { Subject } from './subject.ts';

export interface TestAnswers extends ModelAnswers {
  /** [samples] where each came from, e.g. `mnist/3/17`. */
  names: string[];
  /** [samples, 32, 32] gray bytes. */
  images: Uint8Array;
}

/** By what the samples of two test splits were matched. */
export type MatchedBy = 'split' | 'dataset' | 'inputs';

/**
 * Equal splits have equal samples. Of one dataset a sample has one index, whatever was made of it. Else equal network
 * inputs with equal labels are one sample, which takes equal preprocessing: other inputs never match.
 */
export function matchedBy(a: Origin, b: Origin): MatchedBy {
  if (sameInputs(a, b)) return 'split';
  return a.splits.dataset.sha256 === b.splits.dataset.sha256 ? 'dataset' : 'inputs';
}

const sameInputs = (a: Origin, b: Origin): boolean => {
  const digests = ({ splits }: Origin): string =>
    [...splits.splits.test.inputs, splits.splits.test.members].map(({ sha256 }) => sha256).join();
  return digests(a) === digests(b);
};

/** @throws DamagedArtifact, InvalidRecord, MalformedInputs */
export async function readAnswers(store: Store, { origin }: Subject, by: MatchedBy): Promise<TestAnswers> {
  const { evaluation, splits, dataset } = origin;
  const { members: membersRef, inputs: inputRefs } = splits.splits.test;
  const memberBytes = await getBlob(store, membersRef);
  const members = parseMembers(memberBytes, membersRef.key);
  const parts = [];
  for (const ref of inputRefs) parts.push(decodeInputs(await getBlob(store, ref)));
  const images = Buffer.concat(parts.map((part) => part.images));
  const labels = parts.flatMap((part) => Array.from(part.labels, (label) => evaluation.classes[label]!));
  const probabilities = (await getBlob(store, evaluation.probabilities)).slice();
  const keyOf = (sample: number): string => {
    if (by === 'split') return String(sample);
    if (by === 'dataset') return String(members.samples[sample]);
    const pixels = images.subarray(sample * INPUT_BYTES, (sample + 1) * INPUT_BYTES);
    return `${splits.preprocessing} ${labels[sample]} ${createHash('sha256').update(pixels).digest('hex')}`;
  };
  return {
    classes: evaluation.classes,
    threshold: evaluation.threshold,
    probabilities: new Float32Array(probabilities.buffer),
    labels,
    sources: Array.from(members.sources, (source) => dataset.sources[source]?.name ?? String(source)),
    keys: labels.map((_, sample) => keyOf(sample)),
    names: parseMemberNames(memberBytes, membersRef.key),
    images,
  };
}
