// Two hundred seeded changes of sources, packages, parameters and inputs: the steps that run are exactly those whose code
// or key changed. What should run is predicted from a bundling of the test's own and from the lock file; what does run is
// seen by the real bundler and the real path of a step, over a store in memory.

import { build, type Metafile } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { combineCode, type CodeUnit, type UnitName } from '../../activities/code-units.ts';
import { createLeaseWatch } from '../../activities/lease.ts';
import { runStep } from '../../activities/run-step.ts';
import type { CodeIdentity } from '../../activities/step-key.ts';
import { canonicalDigest, canonicalJson } from '../../artifacts/canonical.ts';
import { systemClock } from '../../artifacts/clock.ts';
import { keyDifferences } from '../../artifacts/key-differences.ts';
import { keys } from '../../artifacts/keys.ts';
import { parseStepRecord } from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import type { ArtifactRef, Store } from '../../artifacts/store.ts';
import { createRandom, type Random } from '../../ml/random.ts';
import { bundleCode } from '../../workers/code.ts';
import { stepEntries } from '../../workers/step-entries.ts';
import { type CheckoutCopy, copyCheckout } from '../support/checkout-copy.ts';
import { silentLog } from '../support/silent-log.ts';
import { IS_PROOF, share } from '../support/proofs.ts';

/** One number replays everything; a failure names it and the change. */
const SEED = Number(process.env['MUTATION_SEED'] ?? 1);
/** 200 by `npm run proofs`. */
const CHANGES = {
  comment: share(22),
  type: share(16),
  unused: share(22),
  statement: share(48),
  constant: share(42),
  package: share(24),
  parameter: share(18),
  input: share(8),
};
type Kind = keyof typeof CHANGES;

/** What each step runs and reads, as the architecture tells it. publish is not reused by key. */
const STEPS = {
  ingest: { units: ['ingest', 'decode-thread'], reads: [] },
  preprocess: { units: ['preprocess'], reads: ['ingest'] },
  'augment-0': { units: ['augment-part'], reads: ['preprocess'] },
  augment: { units: ['augment'], reads: ['preprocess', 'augment-0'] },
  train: { units: ['train', 'trainer'], reads: ['augment', 'preprocess'] },
  evaluate: { units: ['evaluate', 'measure', 'trainer'], reads: ['train', 'preprocess', 'ingest'] },
} as const satisfies Record<string, { units: readonly UnitName[]; reads: readonly string[] }>;
type Step = keyof typeof STEPS;
const NAMES = Object.keys(STEPS) as Step[];
const UNITS = [...new Set(NAMES.flatMap((name) => STEPS[name].units))] as UnitName[];

interface World {
  code: Record<UnitName, CodeUnit>;
  parameters: Record<Step, Record<string, number>>;
  /** Whether a step that runs other code or parameters puts out other bytes. */
  echoes: boolean;
}

interface Baseline {
  metafile: Metafile;
  text: string;
}

let copy: CheckoutCopy;
let base: World;
let store: Store;
const graphs = new Map<UnitName, Baseline>();

beforeAll(async () => {
  copy = copyCheckout();
  base = {
    code: await bundleCode(copy.root, stepEntries),
    parameters: Object.fromEntries<Record<string, number>>(
      NAMES.map((name) => [name, { seed: 1, other: 2 }]),
    ) as World['parameters'],
    echoes: true,
  };
  for (const unit of UNITS) {
    const entryPoints = [stepEntries[unit]];
    const options = { bundle: true, write: false, metafile: true, packages: 'external', platform: 'node' } as const;
    const made = await build({ ...options, absWorkingDir: copy.root, entryPoints, format: 'esm', logLevel: 'silent' });
    graphs.set(unit, { metafile: made.metafile, text: made.outputFiles[0]!.text });
  }
  store = createMemoryStore();
  expect([...(await runAll(base, 'base'))].sort()).toEqual([...NAMES].sort());
});
afterAll(() => copy?.remove());

/** Runs every step by the real path. @returns those that computed */
async function runAll(world: World, workflowId: string): Promise<Set<Step>> {
  const dependencies = { store, clock: systemClock, log: silentLog, leaseWatch: createLeaseWatch() };
  const outputs = new Map<Step, ArtifactRef>();
  const ran = new Set<Step>();
  for (const name of NAMES) {
    const { reads } = STEPS[name];
    const codeIdentity = identityOf(name, world.code);
    const parameters = world.parameters[name];
    const inputs = Object.fromEntries(reads.map((read) => [read, outputs.get(read as Step)!]));
    const result = await runStep(
      dependencies,
      {
        run: { workflowId, firstExecutionRunId: 'first', attempt: 1 },
        step: name.replace(/-\d+$/, ''),
        label: name,
        parameters: { name, ...parameters },
        inputs,
        codeIdentity,
      },
      async (context) => {
        ran.add(name);
        const shown = world.echoes ? world : base;
        const { bundle, packages } = identityOf(name, shown.code);
        const own = { bundle, packages, parameters: shown.parameters[name] };
        const read = Object.fromEntries(Object.entries(inputs).map(([input, { sha256 }]) => [input, sha256]));
        return { output: await context.write(Buffer.from(canonicalJson({ name, read, ...own }))), summary: {} };
      },
    );
    outputs.set(name, result.output);
  }
  return ran;
}

function identityOf(name: Step, code: World['code']): CodeIdentity {
  const [first, ...rest] = STEPS[name].units.map((unit) => code[unit]);
  return rest.length === 0 ? first!.identity : combineCode(first!, ...rest);
}

/** A step runs when its own key changed, or what it reads did: then everything that reads it in turn. */
function predicted(own: (name: Step) => boolean, echoes: boolean): Set<Step> {
  const ran = new Set<Step>();
  const changedOutput = new Set<string>();
  for (const name of NAMES) {
    const readsOther = STEPS[name].reads.some((read) => changedOutput.has(read));
    if (own(name) || readsOther) ran.add(name);
    if (readsOther || (own(name) && echoes)) changedOutput.add(name);
  }
  return ran;
}

/** Modules of our own in the graph of any unit, and whether one left bytes in a unit's bundle. */
const reaches = (unit: UnitName, module: string): boolean => module in graphs.get(unit)!.metafile.inputs;
const leavesBytes = (unit: UnitName, module: string): boolean =>
  Object.values(graphs.get(unit)!.metafile.outputs).some(({ inputs }) => (inputs[module]?.bytesInOutput ?? 0) > 0);

/** What an entry exports is there for its callers; what is imported at run time is kept whole. */
const keepsExports = (unit: UnitName, module: string): boolean =>
  stepEntries[unit] === module ||
  Object.values(graphs.get(unit)!.metafile.inputs).some(({ imports }) =>
    imports.some(({ kind, path: imported }) => kind === 'dynamic-import' && imported === module),
  );

const modulesOf = (): string[] =>
  [...new Set(UNITS.flatMap((unit) => Object.keys(graphs.get(unit)!.metafile.inputs)))]
    .filter((module) => /^(activities|ml|artifacts)\/.*\.ts$/.test(module))
    .sort();

interface Change {
  said: string;
  world: World;
  /** Units whose identity changes, by the rule. */
  units: Set<UnitName>;
  /** The module that has to be named; undefined where none changes a step. */
  module?: string;
  parameter?: Step;
}

async function rebuilt(units: readonly UnitName[]): Promise<World['code']> {
  const entries = Object.fromEntries(units.map((unit) => [unit, stepEntries[unit]]));
  return { ...base.code, ...((await bundleCode(copy.root, entries)) as Partial<World['code']>) };
}

async function edited<Result>(
  file: string,
  edit: (text: string) => string,
  use: () => Promise<Result>,
): Promise<Result> {
  const place = path.join(copy.root, file);
  const before = readFileSync(place, 'utf8');
  writeFileSync(place, edit(before));
  try {
    return await use();
  } finally {
    writeFileSync(place, before);
  }
}

const pick = <Item>(random: Random, items: readonly Item[]): Item => items[random.integer(items.length)]!;

const APPENDED: Partial<Record<Kind, (number: number) => string>> = {
  comment: (number) => `\n// change ${number}\n/* and ${number} more */\n`,
  type: (number) => `\nexport type Change${number} = { value: ${number} };\n`,
  unused: (number) => `\nexport function change${number}(): number {\n  return ${number};\n}\n`,
  statement: (number) => `\n(globalThis as { changed?: number }).changed = ${number};\n`,
};

/** Top-level whole numbers: esbuild writes them as they stand. */
const CONSTANT = /^(?:export )?const ([A-Z][A-Z_]+) = (\d{1,3});$/gm;

async function makeChange(kind: Kind, number: number, random: Random): Promise<Change> {
  const echoes = random.integer(4) > 0;
  const world = { ...base, echoes };
  if (kind === 'parameter' || kind === 'input') {
    const name = kind === 'input' ? 'ingest' : pick(random, NAMES);
    const changed = kind === 'input' ? { listing: number } : { seed: 100 + number };
    const parameters = { ...base.parameters, [name]: { ...base.parameters[name], ...changed } };
    return { said: `${kind} of ${name}`, world: { ...world, parameters }, units: new Set(), parameter: name };
  }
  if (kind === 'package') return changePackage(number, random, world);
  const modules = modulesOf();
  if (kind !== 'constant') {
    // A module that only passes others' exports on leaves nothing of its own until it has a statement: no rule tells where.
    const may =
      kind === 'statement' ? modules.filter((each) => UNITS.some((unit) => leavesBytes(unit, each))) : modules;
    const module = pick(random, may);
    const units = UNITS.filter((unit) => reaches(unit, module));
    const code = await edited(
      module,
      (text) => text + APPENDED[kind]!(number),
      () => rebuilt(units),
    );
    const rules: Partial<Record<Kind, (unit: UnitName) => boolean>> = {
      statement: (unit) => leavesBytes(unit, module),
      unused: (unit) => keepsExports(unit, module),
    };
    const hit = units.filter(rules[kind] ?? (() => false));
    return { said: `${kind} in ${module}`, world: { ...world, code }, units: new Set(hit), module };
  }
  const constants = modules.flatMap((module) =>
    [...readFileSync(path.join(copy.root, module), 'utf8').matchAll(CONSTANT)].map(([line, name, value]) => ({
      module,
      line,
      name: name!,
      value: Number(value),
    })),
  );
  const { module, line, name, value } = pick(random, constants);
  const units = UNITS.filter((unit) => reaches(unit, module));
  const other = line.replace(`= ${value};`, `= ${value + 1_000 + number};`);
  const code = await edited(
    module,
    (text) => text.replace(line, other),
    () => rebuilt(units),
  );
  const survives = (unit: UnitName): boolean => declares(graphs.get(unit)!.text, module, name, value);
  return { said: `${name} in ${module}`, world: { ...world, code }, units: new Set(units.filter(survives)), module };
}

/** Whether the part of a module in a bundle sets a constant: tree shaking leaves out what nobody reads. */
function declares(text: string, module: string, name: string, value: number): boolean {
  // A module may stand in several parts: its imports first, itself after what it imports.
  const parts = text.split(/^(?=\/\/ [\w./-]+\.(?:ts|json)$)/m).filter((part) => part.startsWith(`// ${module}\n`));
  return new RegExp(`\\b${name}\\d* = ${value};`).test(parts.join(''));
}

interface Lock {
  packages: Record<
    string,
    { version?: string; dependencies?: object; optionalDependencies?: object; peerDependencies?: object }
  >;
}

async function changePackage(number: number, random: Random, world: World): Promise<Change> {
  const lock = JSON.parse(readFileSync(path.join(copy.root, 'package-lock.json'), 'utf8')) as Lock;
  const reached = new Map(UNITS.map((unit) => [unit, reachable(lock, externals(unit))]));
  // Half of them from what a step can reach: of all packages most belong to tools.
  const all = Object.keys(lock.packages).filter((place) => place !== '');
  const used = [...new Set([...reached.values()].flatMap((places) => [...places]))].sort();
  const place = pick(random, random.integer(2) === 0 ? all : used);
  const changed = {
    ...lock,
    packages: { ...lock.packages, [place]: { ...lock.packages[place], version: `999.0.${number}` } },
  };
  const code = await edited(
    'package-lock.json',
    () => JSON.stringify(changed),
    () => rebuilt(UNITS),
  );
  const units = UNITS.filter((unit) => reached.get(unit)!.has(place));
  return { said: `version of ${place}`, world: { ...world, code }, units: new Set(units) };
}

const externals = (unit: UnitName): string[] =>
  Object.values(graphs.get(unit)!.metafile.outputs).flatMap(({ imports }) =>
    imports
      .filter(({ external }) => external)
      .map(({ path: name }) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  );

/** By recursion from each importer outwards; the product walks a list. */
function reachable(lock: Lock, names: readonly string[], from = '', found = new Set<string>()): Set<string> {
  for (const name of names) {
    const parts = from === '' ? [] : from.split('/node_modules/');
    const places = parts.map(
      (_, i) => `${parts.slice(0, parts.length - i).join('/node_modules/')}/node_modules/${name}`,
    );
    const place = [...places, `node_modules/${name}`].find((each) => each in lock.packages);
    if (place === undefined || found.has(place)) continue;
    found.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[place]!;
    reachable(lock, Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }), place, found);
  }
  return found;
}

async function recordOf(run: string, name: Step) {
  const { stepKey } = JSON.parse(
    Buffer.from(
      (await store.get(keys.runStep({ workflowId: run, firstExecutionRunId: 'first' }, name)))!.bytes,
    ).toString(),
  ) as { stepKey: string };
  return parseStepRecord((await store.get(keys.step(name.replace(/-\d+$/, ''), stepKey)))!.bytes);
}

it('changes of every kind: the steps that ran are those whose code or key changed, and the record names what it was', async () => {
  const kinds = (Object.keys(CHANGES) as Kind[]).flatMap((kind) => Array.from({ length: CHANGES[kind] }, () => kind));
  if (IS_PROOF) expect(kinds).toHaveLength(200);
  const seen: Partial<Record<Kind, number>> = {};
  for (const [number, kind] of kinds.entries()) {
    const change = await makeChange(kind, number, createRandom(SEED, 4_321, number));
    const said = `seed ${SEED}, change ${number}: ${change.said}`;
    const { world, units, module, parameter } = change;
    const own = (name: Step): boolean => name === parameter || STEPS[name].units.some((unit) => units.has(unit));
    const differing = UNITS.filter(
      (unit) => canonicalDigest(keyPart(world.code[unit])) !== canonicalDigest(keyPart(base.code[unit])),
    );
    expect(new Set(differing), said).toEqual(units);
    const ran = await runAll(world, `change ${number}`);
    expect([...ran].sort(), said).toEqual([...predicted(own, world.echoes)].sort());
    if (ran.size > 0) seen[kind] = (seen[kind] ?? 0) + 1;
    for (const name of NAMES.filter((each) => own(each) && module !== undefined)) {
      const [first] = keyDifferences(await recordOf('base', name), await recordOf(`change ${number}`, name));
      expect(first, said).toEqual({ kind: 'code', module, change: 'changed' });
    }
  }
  // Nothing runs for what no bundle holds; and the others are no idle talk.
  expect(seen).toMatchObject({
    statement: expect.any(Number),
    constant: expect.any(Number),
    package: expect.any(Number),
  });
  expect(seen).toMatchObject({ parameter: CHANGES.parameter, input: CHANGES.input });
  for (const kind of ['comment', 'type'] as const) expect(seen[kind]).toBeUndefined();
  expect(seen.unused ?? 0).toBeLessThan(CHANGES.unused);
}, 600_000);

const keyPart = ({ identity: { bundle, packages } }: CodeUnit) => ({ bundle, packages });
