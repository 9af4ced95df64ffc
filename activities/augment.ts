// Joins the parts into one pool, and shows on one sheet what augmentation does to each class.

import { createHash } from 'node:crypto';
import { letGo } from '../artifacts/let-go.ts';
import { encodePoolManifest, parseSplitsManifest } from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import { encodePng } from '../ml/codecs/png.ts';
import { addCount } from '../ml/dataset/counts.ts';
import { decodeInputs, INPUT_BYTES } from '../ml/dataset/packed-inputs.ts';
import { contactSheet } from '../ml/image/contact-sheet.ts';
import type { GrayImage } from '../ml/image/gray-image.ts';
import { INPUT_SIZE } from '../ml/model.ts';
import type { PartManifest } from './augment-part.ts';
import type { StepContext, StepOutput } from './step.ts';

const SHEET_COLUMNS = 24;

export interface AugmentParameters {
  preset: string;
}

/** Safe to retry: a pure function of the parts. Holds one blob at a time. */
export async function compute(
  context: StepContext,
  parameters: AugmentParameters,
  inputs: { splits: ArtifactRef } & Record<`part${number}`, ArtifactRef>,
): Promise<StepOutput> {
  const { splits: splitsRef, ...partRefs } = inputs;
  const splits = parseSplitsManifest(await context.read(splitsRef), splitsRef.key);
  const digest = createHash('sha256');
  const shown = splits.classes.map((): GrayImage[] => []);
  const parts: PartManifest['blobs'] = [];
  const counts: PartManifest['counts'] = {};
  const ordered = Object.entries(partRefs).sort(([a], [b]) => Number(a.slice(4)) - Number(b.slice(4)));
  for (const [done, [, ref]] of ordered.entries()) {
    const part = JSON.parse(Buffer.from(await context.read(ref)).toString()) as PartManifest;
    addCounts(counts, part.counts);
    for (const blob of part.blobs) {
      const bytes = await context.read(blob.ref);
      const { count, labels, images } = decodeInputs(bytes);
      digest.update(labels).update(images);
      for (let i = 0; i < count; i += 61) show(shown[labels[i]!]!, images, i); // a prime stride: no pattern of the plan
      letGo(bytes);
      parts.push(blob);
    }
    context.progress({ done: done + 1, total: ordered.length, unit: 'parts' });
  }
  const rows = shown.flatMap((images) => [...images, ...blanks(SHEET_COLUMNS - images.length)]);
  const sheet = contactSheet(rows, { columns: SHEET_COLUMNS, cellSide: INPUT_SIZE });
  const sampleCount = parts.reduce((sum, part) => sum + part.sampleCount, 0);
  const manifest = encodePoolManifest({
    schemaVersion: 1,
    kind: 'pool',
    splits: splitsRef,
    classes: splits.classes,
    preset: parameters.preset,
    sampleCount,
    counts,
    parts,
    contactSheet: await context.write(encodePng(sheet)),
    poolDigest: digest.digest('hex'),
  });
  return {
    output: await context.write(manifest),
    summary: { samples: sampleCount, parts: ordered.length, preset: parameters.preset },
    includes: parts.map(({ ref }) => ref),
  };
}

function show(row: GrayImage[], images: Uint8Array, index: number): void {
  if (row.length >= SHEET_COLUMNS) return;
  const pixels = images.slice(index * INPUT_BYTES, (index + 1) * INPUT_BYTES);
  row.push({ pixels, width: INPUT_SIZE, height: INPUT_SIZE });
}

const blanks = (count: number): GrayImage[] =>
  Array.from({ length: count }, () => ({ pixels: new Uint8Array(INPUT_BYTES), width: INPUT_SIZE, height: INPUT_SIZE }));

function addCounts(sum: PartManifest['counts'], more: PartManifest['counts']): void {
  for (const [source, classes] of Object.entries(more))
    for (const [name, count] of Object.entries(classes)) addCount(sum, source, name, count);
}
