// `npm run evaluate:recipe`: how well the recipe reads, over seeds. A table for people, one JSON document as the last line.
//
// Without a preset it trains on the built-in data and measures unseen handwriting, unseen typefaces and, with --archive,
// an archive that no training ever saw. Seeds vary the split, the augmentation and the training.

import path from 'node:path';
import { parseSplitsManifest, parseDatasetManifest } from '../artifacts/manifests.ts';
import { resolveRunConfiguration } from '../config/resolve.ts';
import { fitTemperature } from '../ml/calibration.ts';
import { softmax } from '../ml/probabilities.ts';
import { thresholdForRecall } from '../ml/threshold.ts';
import { openLocalPipeline } from './local-pipeline.ts';
import { readOptions } from './options.ts';
import { runOnArchive } from './recipe/archive-run.ts';
import { answersOf, measureSide, sideOf, type Side } from './recipe/sides.ts';
import { spreadOf, type Spread } from './recipe/spread.ts';

const USAGE = `npm run evaluate:recipe -- [options]

Trains the recipe for several seeds and says how well it reads: on the built-in data, or a preset on an archive alone.

  --seeds 1,2,3           of split, augmentation and training (default 1,2,3,4,5)
  --archive FILE          a .tgz or .zip of images, one folder a class: measured, or trained on with --preset
  --preset NAME           trains that preset on the archive instead of the built-in data
  --split random|grouped  of the archive
  --recall SHARE          of the validation print that the threshold keeps (default 0.97)
  --set KEY=VALUE         changes the run's configuration, may be repeated`;

const values = readOptions(USAGE, {
  seeds: { type: 'string', default: '1,2,3,4,5' },
  archive: { type: 'string' },
  preset: { type: 'string' },
  split: { type: 'string' },
  recall: { type: 'string', default: '0.97' },
  set: { type: 'string', multiple: true, default: [] },
});

const archive = values.archive === undefined ? undefined : path.resolve(values.archive);
const pipeline = await openLocalPipeline({ dataRoots: archive === undefined ? [] : [path.dirname(archive)] });
const rows: Record<string, number>[] = [];
for (const seed of values.seeds.split(',').map(Number)) {
  const row = values.preset === undefined ? await builtinRow(seed) : await archiveRow(seed);
  console.error(`seed ${seed}: ${JSON.stringify(row)}`);
  rows.push(row);
}
const names = Object.keys(rows[0]!);
const figures = Object.fromEntries(names.map((name) => [name, spreadOf(rows.map((row) => row[name]!))]));
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
  const logits = await answersOf(pipeline, training.output, [...validation.files, ...test.files]);
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
  const how = { classes: manifest.classes, names: sourceNames, threshold: chosen.threshold, temperature };
  const metrics = measureSide(test, { ...how, logits: logits.subarray(cut) });
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
    const answers = await answersOf(pipeline, training.output, seen.files);
    const measured = measureSide(seen, { ...how, logits: answers, names: ['archive'] });
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
  const run = await runOnArchive(pipeline, archive, withSeeds({ preset: values.preset }, seed));
  return {
    accuracy: run.accuracy,
    loss: run.loss,
    augmentSeconds: run.augment.state === 'reused' ? Number.NaN : run.augment.seconds,
    trainSeconds: run.train.state === 'reused' ? Number.NaN : run.train.seconds,
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
  return share(
    measureSide(test, { logits, classes, names, threshold, temperature }).bySource['negatives']?.falseDigits,
  );
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

function shown({ mean, deviation }: Spread): string {
  return `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
}

function share(proportion: { value: number } | null | undefined): number {
  return proportion?.value ?? Number.NaN;
}
