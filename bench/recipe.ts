// How well the recipe reads, over seeds: `npm run evaluate:recipe -- [--seeds 1,2,3,4,5] [--archive CHAR74K.tgz]
// [--preset fast-print --split random|grouped] [--set key=value …]`. A table for people, one JSON document as the last line.
//
// Without a preset it trains on the built-in data and measures unseen handwriting, unseen typefaces and, with --archive,
// an archive that no training ever saw. Seeds vary the split, the augmentation and the training.

import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  parseMembers,
  parseSplitsManifest,
  parseTrainingManifest,
  parseDatasetManifest,
} from '../artifacts/manifests.ts';
import type { ArtifactRef } from '../artifacts/store.ts';
import { resolveRunConfiguration } from '../config/resolve.ts';
import { fitTemperature } from '../ml/calibration.ts';
import { decodeInputs } from '../ml/dataset/packed-inputs.ts';
import { measure, type Metrics } from '../ml/metrics.ts';
import type { NetworkName } from '../ml/model.ts';
import { softmax } from '../ml/probabilities.ts';
import { thresholdForRecall } from '../ml/threshold.ts';
import { openLocalPipeline, type LocalPipeline } from './local-pipeline.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3,4,5' },
    archive: { type: 'string' },
    preset: { type: 'string' },
    split: { type: 'string' },
    recall: { type: 'string', default: '0.97' },
    set: { type: 'string', multiple: true, default: [] },
  },
});

interface Side {
  labels: Uint8Array;
  sources: number[];
  files: string[];
}

const archive = values.archive === undefined ? undefined : path.resolve(values.archive);
const pipeline = await openLocalPipeline(archive === undefined ? [] : [path.dirname(archive)]);
const rows: Record<string, number>[] = [];
for (const seed of values.seeds.split(',').map(Number)) {
  const row = values.preset === undefined ? await builtinRow(seed) : await archiveRow(seed);
  console.error(`seed ${seed}: ${JSON.stringify(row)}`);
  rows.push(row);
}
const names = Object.keys(rows[0]!);
const figures = Object.fromEntries(names.map((name) => [name, summarise(rows.map((row) => row[name]!))]));
console.table(Object.fromEntries(names.map((name) => [name, shown(figures[name]!)])));
console.log(JSON.stringify({ seeds: values.seeds, preset: values.preset ?? 'builtin', figures, rows }));
process.exit(0);

/** Trains on the built-in data and measures its test split and the archive. */
async function builtinRow(seed: number): Promise<Record<string, number>> {
  const configuration = resolveRunConfiguration(withSeeds({}, seed));
  const started = performance.now();
  const dataset = await pipeline.ingest(configuration.ingest);
  const splits = await pipeline.preprocess(configuration, dataset.output);
  const pool = await pipeline.augment(configuration, splits.output);
  const training = await pipeline.train(configuration.train, pool.output, splits.output);
  const manifest = parseSplitsManifest(await pipeline.read(splits.output));
  const { sources } = parseDatasetManifest(await pipeline.read(dataset.output));
  const sourceNames = sources.map(({ name }) => name);
  const validation = await sideOf(pipeline, manifest.splits.validation);
  const test = await sideOf(pipeline, manifest.splits.test);
  const logits = await answersOf(training.output, [...validation.files, ...test.files]);
  const cut = validation.labels.length * manifest.classes.length;
  const { temperature } = fitTemperature(logits.subarray(0, cut), validation.labels, manifest.classes.length);
  // The threshold that keeps the wanted share of validation print, as the table of false digits asks.
  const print = pick(validation, logits.subarray(0, cut), manifest.classes.length, sourceNames.indexOf('typefaces'));
  const chosen = thresholdForRecall(
    softmax(print.logits, manifest.classes.length, temperature),
    print.labels,
    manifest.classes,
    Number(values.recall),
  );
  const metrics = measureSide(test, logits.subarray(cut), manifest.classes, sourceNames, chosen.threshold, temperature);
  const row: Record<string, number> = {
    handwriting: share(metrics.bySource['handwriting']?.accuracy),
    handwritingRecall: share(metrics.bySource['handwriting']?.recallAtThreshold),
    typefaces: share(metrics.bySource['typefaces']?.accuracy),
    typefacesRecall: share(metrics.bySource['typefaces']?.recallAtThreshold),
    falseDigits: share(metrics.bySource['negatives']?.falseDigits),
    ece: metrics.calibrationError,
    threshold: chosen.threshold,
    temperature,
  };
  const atTestRecall = falseDigitsAtRecall(test, logits.subarray(cut), manifest.classes, sourceNames, temperature);
  row['falseDigitsAtTestRecall'] = atTestRecall;
  if (archive !== undefined) {
    const seen = await readArchive(archive, configuration);
    const answers = await answersOf(training.output, seen.files);
    const classes = manifest.classes;
    const measured = measureSide(seen, answers, classes, ['archive'], chosen.threshold, temperature);
    row['archive'] = share(measured.accuracy);
    row['archiveRecall'] = share(measured.recallAtThreshold);
  }
  row['trainSeconds'] = training.state === 'reused' ? Number.NaN : training.seconds;
  row['totalSeconds'] = (performance.now() - started) / 1000;
  return row;
}

/** Trains and measures on the archive alone. */
async function archiveRow(seed: number): Promise<Record<string, number>> {
  if (archive === undefined) throw new TypeError('--preset needs --archive: the images it trains on');
  const input = withSeeds({ preset: values.preset, ingest: { source: { kind: 'archive', path: archive } } }, seed);
  const configuration = resolveRunConfiguration(input);
  const dataset = await pipeline.ingest(configuration.ingest);
  const splits = await pipeline.preprocess(configuration, dataset.output);
  const pool = await pipeline.augment(configuration, splits.output);
  const training = await pipeline.train(configuration.train, pool.output, splits.output);
  const manifest = parseSplitsManifest(await pipeline.read(splits.output));
  const test = await sideOf(pipeline, manifest.splits.test);
  const metrics = measureSide(
    test,
    await answersOf(training.output, test.files),
    manifest.classes,
    ['archive'],
    0.5,
    1,
  );
  return {
    accuracy: share(metrics.accuracy),
    loss: metrics.loss,
    augmentSeconds: pool.state === 'reused' ? Number.NaN : pool.seconds,
    trainSeconds: training.state === 'reused' ? Number.NaN : training.seconds,
  };
}

/** --set and the seed over what was given. */
function withSeeds(input: object, seed: number): object {
  const over: Record<string, Record<string, unknown>> = {
    preprocess: { seed, ...(values.split !== undefined && { split: values.split }) },
    augment: { seed },
    train: { seed },
  };
  for (const assignment of values.set) {
    const [key, value] = assignment.split('=') as [string, string];
    const [part, name] = key.split('.') as [string, string];
    (over[part] ??= {})[name] = JSON.parse(/^[[{"\d-]|^(true|false|null)$/.test(value) ? value : JSON.stringify(value));
  }
  return { ...input, ...over };
}

async function sideOf(
  from: LocalPipeline,
  { inputs, members }: { inputs: ArtifactRef[]; members: ArtifactRef },
): Promise<Side> {
  const parts = [];
  for (const ref of inputs) parts.push(decodeInputs(await from.read(ref)).labels);
  const { sources } = parseMembers(await from.read(members));
  return { labels: Buffer.concat(parts), sources, files: await Promise.all(inputs.map((ref) => from.readToFile(ref))) };
}

async function answersOf(training: ArtifactRef, files: string[]): Promise<Float32Array> {
  const { network, classes, weights } = parseTrainingManifest(await pipeline.read(training));
  const vector = await pipeline.floats(weights);
  return pipeline.withTrainer('tfjs-node', async (trainer) => {
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

function measureSide(
  side: Side,
  logits: Float32Array,
  classes: string[],
  names: string[],
  threshold: number,
  temperature: number,
): Metrics {
  const calibrated = logits.map((logit) => logit / temperature);
  const sources = { names, indices: side.sources.map((source) => (names.length === 1 ? 0 : source)) };
  return measure({ classes, logits: calibrated, labels: side.labels, threshold, sources });
}

function pick(side: Side, logits: Float32Array, classCount: number, source: number) {
  const chosen = [...side.labels.keys()].filter((sample) => side.sources[sample] === source);
  return {
    labels: Uint8Array.from(chosen, (sample) => side.labels[sample]!),
    logits: Float32Array.from(
      chosen.flatMap((sample) => [...logits.subarray(sample * classCount, (sample + 1) * classCount)]),
    ),
  };
}

/** Share of test negatives taken for a digit at the threshold that keeps the wanted share of test print. */
function falseDigitsAtRecall(
  test: Side,
  logits: Float32Array,
  classes: string[],
  names: string[],
  temperature: number,
): number {
  const print = pick(test, logits, classes.length, names.indexOf('typefaces'));
  const probabilities = softmax(print.logits, classes.length, temperature);
  const { threshold } = thresholdForRecall(probabilities, print.labels, classes, Number(values.recall));
  return share(measureSide(test, logits, classes, names, threshold, temperature).bySource['negatives']?.falseDigits);
}

/** Every sample of an archive as network inputs, whatever side a split would put it on. */
async function readArchive(file: string, like: ReturnType<typeof resolveRunConfiguration>): Promise<Side> {
  const configuration = resolveRunConfiguration({
    ingest: { source: { kind: 'archive', path: file } },
    preprocess: {
      preprocessing: like.preprocess.preprocessing,
      split: 'random',
      trainRatio: 0.05,
      validationRatio: 0.05,
    },
    augment: { preset: 'none' },
  });
  const dataset = await pipeline.ingest(configuration.ingest);
  const splits = parseSplitsManifest(
    await pipeline.read((await pipeline.preprocess(configuration, dataset.output)).output),
  );
  return sideOf(pipeline, splits.splits.test);
}

function summarise(figures: number[]): { mean: number; deviation: number } {
  const known = figures.filter((figure) => !Number.isNaN(figure));
  const mean = known.reduce((sum, figure) => sum + figure, 0) / known.length;
  const square = known.reduce((sum, figure) => sum + (figure - mean) ** 2, 0);
  return { mean, deviation: known.length > 1 ? Math.sqrt(square / (known.length - 1)) : 0 };
}

function shown({ mean, deviation }: { mean: number; deviation: number }): string {
  return `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
}

function share(proportion: { value: number } | null | undefined): number {
  return proportion?.value ?? Number.NaN;
}
