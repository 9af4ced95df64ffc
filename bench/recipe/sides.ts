// One side of a split, what a trained network answers on it, and how good that is.

import { parseMembers, parseTrainingManifest } from '../../artifacts/manifests.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { decodeInputs } from '../../ml/dataset/packed-inputs.ts';
import { measure, type Metrics } from '../../ml/metrics.ts';
import type { NetworkName } from '../../ml/model.ts';
import type { LocalPipeline } from '../local-pipeline.ts';

export interface Side {
  labels: Uint8Array;
  /** [samples] index into the dataset's sources */
  sources: Uint8Array;
  /** Files of packed inputs. */
  files: string[];
}

export async function sideOf(
  from: LocalPipeline,
  { inputs, members }: { inputs: ArtifactRef[]; members: ArtifactRef },
): Promise<Side> {
  const parts = [];
  for (const ref of inputs) parts.push(decodeInputs(await from.read(ref)).labels);
  const { sources } = parseMembers(await from.read(members));
  return { labels: Buffer.concat(parts), sources, files: await Promise.all(inputs.map((ref) => from.readToFile(ref))) };
}

/** Logits [samples, classes] of all files, one after the other. */
export async function answersOf(from: LocalPipeline, training: ArtifactRef, files: string[]): Promise<Float32Array> {
  const { network, classes, weights } = parseTrainingManifest(await from.read(training));
  const vector = await from.floats(weights);
  return from.withTrainer('tfjs-node', async (trainer) => {
    const parts: Float32Array[] = [];
    for (const inputsFile of files) {
      const input = { engine: 'tfjs-node' as const, network: network as NetworkName, classCount: classes.length };
      parts.push((await trainer.predict({ ...input, weights: vector, inputsFile })).logits);
    }
    const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  });
}

export interface SideMeasure {
  logits: Float32Array;
  classes: string[];
  /** Names of the dataset's sources; where there is one, all samples count as its. */
  names: string[];
  threshold: number;
  temperature: number;
}

export function measureSide(side: Side, { logits, classes, names, threshold, temperature }: SideMeasure): Metrics {
  const calibrated = logits.map((logit) => logit / temperature);
  const sources = { names, indices: names.length === 1 ? new Uint8Array(side.sources.length) : side.sources };
  return measure({ classes, logits: calibrated, labels: side.labels, threshold, sources });
}
