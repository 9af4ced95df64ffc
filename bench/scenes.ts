// `npm run bench:scenes`: how well frames are read. Draws labelled frames, reads them with a published model without
// smoothing. A table for people, one JSON document as the last line.

import { readAliases } from '../artifacts/aliases.ts';
import { readVersion } from '../artifacts/model-versions.ts';
import { openStore } from '../artifacts/open-store.ts';
import { resolveStore } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { homeFolder, homePaths } from '../config/home.ts';
import { loadModel } from '../inference/load-model.ts';
import { createOnnxRuntime } from '../inference/runtimes/onnx.ts';
import { createFrameReader } from '../ml/reader/read-frame.ts';
import { machine, medianOf } from './harness.ts';
import { readOptions } from './options.ts';
import { drawScene, SCENE_KINDS, type SceneKind } from './scenes/draw-scene.ts';
import { loadGlyphs } from './scenes/glyphs.ts';
import { newTally, score, type Outcome, type Tally } from './scenes/score.ts';
import { writeSheet, type ShownScene } from './scenes/sheet.ts';

const USAGE = `npm run bench:scenes -- [options]

Draws labelled frames and says how well a published model's reader reads them, without smoothing.

  --home FOLDER       of the stack whose store holds the model (default: as the command line finds it)
  --store URL         of the store, file:///… or http(s)://…
  --model NAME        default digits
  --at ALIAS|VERSION  default champion
  --seeds 1,2,3       of the drawn frames (default 1,2,3)
  --frames N          frames with digits a seed (default 800)
  --others N          frames of each kind without digits a seed (default 400)
  --threshold P       instead of the one a session uses
  --sheet FILE.png    pictures of what went wrong
  --show KINDS        in the sheet: wrong, missed, uncertain, claimed, right (default all but right)
  --cells N           at most so many of them (default 60)`;

const values = readOptions(USAGE, {
  home: { type: 'string' },
  store: { type: 'string' },
  model: { type: 'string', default: 'digits' },
  at: { type: 'string', default: 'champion' },
  seeds: { type: 'string', default: '1,2,3' },
  frames: { type: 'string', default: '800' },
  others: { type: 'string', default: '400' },
  threshold: { type: 'string' },
  sheet: { type: 'string' },
  show: { type: 'string', default: 'wrong,missed,uncertain,claimed' },
  cells: { type: 'string', default: '60' },
});

const environment = {
  ...process.env,
  ...(values.home !== undefined && { DIGITFLOW_HOME: values.home }),
  ...(values.store !== undefined && { S3_ENDPOINT: values.store }),
};
const paths = homePaths(homeFolder(environment));
const store = openStore(resolveStore(environment, readEndpoints(paths.endpoints), paths));
const version = await readVersion(store, values.model, await versionNumber());
const model = await loadModel({ store, version });
const runtime = await createOnnxRuntime({ model: model.files.onnx, classCount: model.classes.length });
const glyphs = await loadGlyphs(store, version);
// Undefined: what a session uses that asked for nothing.
const threshold = values.threshold === undefined ? undefined : Number(values.threshold);
const reader = createFrameReader({ model, infer: (inputs, count) => runtime.run(inputs, count) });

const shownOutcomes = new Set(values.show.split(','));
const shown: ShownScene[] = [];
const times = { locate: [] as number[], read: [] as number[] };
const conditions = new Map<string, Tally>();
const seeds = values.seeds.split(',').map(Number);
const perSeed = seeds.map(() => new Map(SCENE_KINDS.map((kind) => [kind, newTally()])));
const misread = new Map<string, number>();

for (const [index, seed] of seeds.entries())
  for (const kind of SCENE_KINDS) {
    const count = Number(kind === 'digits' ? values.frames : values.others);
    for (let number = 0; number < count; number++) await readScene(kind, seed, number, perSeed[index]!.get(kind)!);
  }
if (values.sheet !== undefined) await writeSheet(values.sheet, shown);
await runtime.dispose();
printReport();

async function versionNumber(): Promise<number> {
  if (/^\d+$/.test(values.at)) return Number(values.at);
  const champion = (await readAliases(store, values.model)).champion;
  if (champion === undefined) throw new TypeError(`model ${values.model}: expected a champion, got none`);
  return champion;
}

async function readScene(kind: SceneKind, seed: number, number: number, own: Tally): Promise<void> {
  const scene = drawScene(kind, glyphs, seed, number);
  const startedAt = performance.now();
  const reading = await reader.read(scene.frame, { threshold });
  const read = performance.now() - startedAt;
  if (scene.frame.width === 320 && scene.truth.length === 1) {
    times.locate.push(reading.ms.locate);
    times.read.push(read);
  }
  const tallies = [own];
  if (kind === 'digits')
    for (const condition of [
      ...scene.conditions,
      scene.truth[0]!.written ? 'handwriting' : 'typefaces',
      ...sizes(scene.truth[0]!.box.h / scene.frame.height),
    ])
      tallies.push(tallyOf(condition));
  const outcomes = score(scene, reading, tallies);
  note(scene.truth, reading.digits, outcomes);
  if (values.sheet === undefined || shown.length >= Number(values.cells)) return;
  const told = [...outcomes].filter((outcome) => shownOutcomes.has(outcome));
  if (told.length > 0 || shownOutcomes.has('all') || shownOutcomes.has(kind))
    shown.push({
      scene,
      reading,
      title: `${kind} ${seed}/${number} ${told.join(' ')} · ${scene.conditions.slice(1).join(', ')}`,
    });
}

function sizes(height: number): string[] {
  return [height < 0.2 ? 'height below 20 %' : height < 0.45 ? 'height 20–45 %' : 'height above 45 %'];
}

function tallyOf(condition: string): Tally {
  let tally = conditions.get(condition);
  if (tally === undefined) conditions.set(condition, (tally = newTally()));
  return tally;
}

function note(
  truth: readonly { label: string; glyph: string }[],
  digits: readonly { label: string }[],
  outcomes: Set<Outcome>,
): void {
  if (truth.length !== 1 || !outcomes.has('wrong')) return;
  const pair = `${truth[0]!.label} read as ${digits[0]!.label}`;
  misread.set(pair, (misread.get(pair) ?? 0) + 1);
}

function printReport(): void {
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
  const rates = ({ digits, right, wrong, uncertain, missed, goodBoxes, extra }: Tally) => ({
    digits,
    right: share(right, digits),
    wrong: share(wrong, digits),
    uncertain: share(uncertain, digits),
    missed: share(missed, digits),
    goodBoxes: share(goodBoxes, digits - missed),
    extra: share(extra, digits),
  });
  const readable = (tally: Tally) =>
    Object.fromEntries(
      Object.entries(rates(tally)).map(([name, value]) => [name, name === 'digits' ? value : percent(value)]),
    );
  const rows = perSeed.map((kinds) => ({
    ...rates(kinds.get('digits')!),
    letters: share(kinds.get('letters')!.claimed, kinds.get('letters')!.frames),
    clutter: share(kinds.get('clutter')!.claimed, kinds.get('clutter')!.frames),
    blank: share(kinds.get('blank')!.claimed, kinds.get('blank')!.frames),
  }));
  const names = Object.keys(rows[0]!) as (keyof (typeof rows)[number])[];
  const figures = Object.fromEntries(
    names.map((name) => {
      const own = rows.map((row) => row[name]);
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      return [name, { mean, least: Math.min(...own), most: Math.max(...own) }];
    }),
  );
  const sorted = (list: number[]): number[] => list.toSorted((a, b) => a - b);
  const ms = { locate: medianOf(sorted(times.locate)), read: medianOf(sorted(times.read)) };
  console.table(
    Object.fromEntries(
      [...conditions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, tally]) => [name, readable(tally)]),
    ),
  );
  console.table(
    Object.fromEntries(
      names.map((name) => {
        const { mean, least, most } = figures[name]!;
        const show = (value: number): string => (name === 'digits' ? String(Math.round(value)) : percent(value));
        return [name, { mean: show(mean), least: show(least), most: show(most) }];
      }),
    ),
  );
  console.log(`one digit in 320×240, p50: locate ${ms.locate.toFixed(2)} ms, read ${ms.read.toFixed(2)} ms`);
  const byCondition = Object.fromEntries([...conditions].map(([name, tally]) => [name, rates(tally)]));
  const { identity } = model;
  console.log(
    JSON.stringify({
      topic: 'scenes',
      model: identity,
      threshold: threshold ?? 'as served',
      seeds,
      figures,
      rows,
      byCondition,
      misread: Object.fromEntries(misread),
      ms,
      machine: machine(),
    }),
  );
}
