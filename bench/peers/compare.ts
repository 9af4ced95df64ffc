// Everything of `npm run bench:peers` that takes long: both sides opened, the rounds, the table.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkoutFolder } from '../../config/home.ts';
import { networks } from '../../ml/model.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { machine } from '../harness.ts';
import { spreadOf } from '../recipe/spread.ts';
import { table } from '../table.ts';
import { race } from './accuracy-race.ts';
import { openKeras, type Keras } from './keras.ts';
import { replacePart } from './markers.ts';
import type { PeersOptions } from './options.ts';
import { readArchiveFiles } from './ours/archive-files.ts';
import { openDecoding } from './ours/decoding.ts';
import { openPictures } from './ours/pictures.ts';
import { openPredicting } from './ours/predicting.ts';
import { openTraining } from './ours/training.ts';
import { cellsOf, pageOf, TITLES } from './page.ts';
import type { Environment } from './python.ts';
import { ratioOf } from './ratio.ts';
import { measureRounds, type Sides } from './rounds.ts';
import { rowsOf } from './rows.ts';

const PAGE = path.join(checkoutFolder, 'docs', 'performance.md');
const VARIANTS = { 'oneDNN on': true, 'oneDNN off': false };

export interface CompareOptions extends Omit<PeersOptions, 'data'> {
  archive: string;
  environment: Environment;
  say: (line: string) => void;
}

/**
 * Prints the table and, as the last line, one JSON document.
 * @throws PeerFailed, NoImages, NoPlace
 */
export async function compareWithPeers(options: CompareOptions): Promise<void> {
  const { archive, environment, say } = options;
  if (options.write) replacePart(await readFile(PAGE, 'utf8'), ''); // before the work: is there a place for it?
  const before = machine();
  const started = performance.now();
  const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-peers-'));
  const closing: { close(): Promise<void> }[] = [];
  try {
    const networksFile = path.join(folder, 'networks.json');
    await writeFile(networksFile, JSON.stringify({ compact: networks.compact, reference: networks.reference }));
    const keras: Record<string, Keras> = {};
    for (const [variant, oneDnn] of Object.entries(VARIANTS)) {
      say(`starting Keras, ${variant} …`);
      keras[variant] = await openKeras({ environment, archive, networksFile, oneDnn });
      closing.push(keras[variant]);
    }
    const { files, labels } = await readArchiveFiles(archive);
    const pictures = openPictures(files, labels);
    const decoding = await openDecoding(archive);
    closing.push(decoding);
    const training = await openTraining(pictures);
    const predicting = await openPredicting();
    const sides: Sides = { archive, pictures, decoding, training, predicting, keras, say };

    const measured = await measureRounds(sides, options.rounds);
    const accuracy = spreadOf(measured.runs.map((run) => run.accuracy));
    const better = ratioOf(measured.costs.training.ours, measured.costs.training.theirs).variant;
    const raced = options.full
      ? await race({
          archive,
          say,
          target: accuracy.mean,
          keras: keras[better]!,
          seeds: options.kerasSeeds,
          steps: options.kerasSteps,
        })
      : undefined;
    await predicting.close();
    training.close();

    const after = machine();
    const rows = rowsOf(measured, { cores: after.cores, race: raced });
    const facts = {
      date: after.at.slice(0, 10),
      cpu: after.cpu,
      cores: after.cores,
      rounds: options.rounds,
      load: [before.load, after.load] as [number, number],
      minutes: Math.ceil((performance.now() - started) / 60_000),
      gflops: measured.gflops,
      versions: {
        digitflow: packageJson.version,
        Node: process.version.slice(1),
        ...Object.values(keras)[0]!.hello.versions,
      },
    };
    console.log(table(TITLES, rows.map(cellsOf)));
    if (!options.full) console.log('\nKeras until it reads as well as we do: not measured, --full does.');
    if (options.write) {
      await write(pageOf(rows, facts));
      say(`wrote the table into ${path.relative(process.cwd(), PAGE)}`);
    }
    const mode = options.full ? 'full' : 'short';
    const samples = { images: files.length, accuracy, trainings: measured.runs.map(({ seconds }) => seconds) };
    console.log(JSON.stringify({ topic: 'peers', mode, rows, ...samples, race: raced, ...facts, machine: after }));
  } finally {
    await Promise.all(closing.map((side) => side.close()));
    await rm(folder, { recursive: true });
  }
}

/** Into the page, formatted as all pages are. */
async function write(part: string): Promise<void> {
  const page = replacePart(await readFile(PAGE, 'utf8'), part);
  const { format, resolveConfig } = await import('prettier');
  await writeFile(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}
