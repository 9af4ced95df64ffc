// Records that a disk or a hand has damaged: none is taken for another one, whatever happened to it, and nothing is written
// over it. What is served is checked further, see test/inference/models/.

import { expect, it } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import { keys } from '../../artifacts/keys.ts';
import {
  encodeOutcome,
  encodeRunRecord,
  encodeRunStepRecord,
  InvalidRecord,
  parseAliases,
  parseModelVersion,
  parseOutcome,
  parseRunRecord,
  parseRunStepRecord,
} from '../../artifacts/manifests.ts';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { listVersions, promote, publishVersion, readAliases, readVersion, rollBack } from '../../artifacts/registry.ts';
import { createRandom } from '../../ml/random.ts';
import { modelCandidate } from '../support/model-candidate.ts';

const FLIPS = 600;
const HOWS = ['truncated', 'flipped', 'other bytes'] as const;
const run = { workflowId: 'a workflow', firstExecutionRunId: 'first' };
const at = '2026-01-02T03:04:05.678Z';
const decision = { model: 'digits', reason: 'because', author: 'a person' };
const output = { key: keys.blob('a'.repeat(64)), sha256: 'a'.repeat(64), sizeBytes: 12 };

async function registry() {
  const registry = { store: createMemoryStore(), clock: systemClock };
  for (const content of ['one', 'two', 'three']) await publishVersion(registry, modelCandidate(content));
  for (const to of [1, 2]) await promote(registry, { ...decision, alias: 'champion', to });
  return registry;
}

const { store } = await registry();
const bytesOf = async (key: string): Promise<Uint8Array> => (await store.get(key))!.bytes;
const records: [name: string, bytes: Uint8Array, parse: (bytes: Uint8Array) => object][] = [
  ['aliases', await bytesOf(keys.aliases('digits')), parseAliases],
  ['a version', await bytesOf(keys.version('digits', 2)), parseModelVersion],
  [
    'run.json',
    encodeRunRecord({
      ...run,
      schemaVersion: 1,
      kind: 'run',
      workflowType: 'trainPipeline',
      startedAt: at,
      configuration: { train: { seed: 1, trainSteps: 120 } },
    }),
    parseRunRecord,
  ],
  [
    "a run's step",
    encodeRunStepRecord({
      ...run,
      schemaVersion: 1,
      kind: 'run-step',
      step: 'train',
      stepKey: 'b'.repeat(64),
      state: 'computed',
      output,
      summary: { loss: 0.25 },
      warnings: [],
      seconds: 12,
      attempt: 1,
      finishedAt: at,
    }),
    parseRunStepRecord,
  ],
  [
    'outcome.json',
    encodeOutcome({
      ...run,
      schemaVersion: 1,
      kind: 'outcome',
      state: 'completed',
      finishedAt: at,
      steps: [{ step: 'train', state: 'computed', seconds: 3 }],
      model: { name: 'digits', version: 2, digest: 'c'.repeat(64) },
    }),
    parseOutcome,
  ],
];

function damaged(bytes: Uint8Array, how: (typeof HOWS)[number], seed: number): Uint8Array {
  const random = createRandom(seed);
  if (how === 'truncated') return bytes.slice(0, random.integer(bytes.length));
  if (how === 'other bytes') return Uint8Array.from(bytes, () => random.integer(256));
  const changed = Uint8Array.from(bytes);
  changed[random.integer(bytes.length)]! ^= 1 << random.integer(8);
  return changed;
}

it.each(records)('%s with any one bit flipped is none, or says what it said', (_, bytes, parse) => {
  const whole = parse(bytes);
  let refused = 0;
  for (let seed = 0; seed < FLIPS; seed++) {
    let read: object;
    try {
      read = parse(damaged(bytes, 'flipped', seed));
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidRecord);
      refused++;
      continue;
    }
    // What is left: bits of the seal's own name, and of the revision that the seal is told by.
    expect(read, `seed ${seed}`).toMatchObject({
      ...whole,
      ...('revision' in whole && { revision: expect.any(Number) as number }),
    });
  }
  expect(refused).toBeGreaterThan(FLIPS * 0.9);
});

it.each(records)('%s that was cut short or overwritten is none', (_, bytes, parse) => {
  for (const how of ['truncated', 'other bytes'] as const)
    for (let seed = 0; seed < 100; seed++)
      expect(() => parse(damaged(bytes, how, seed)), `${how}, seed ${seed}`).toThrow(InvalidRecord);
});

it('a record that is older than seals, or was changed by a program that is, can still be read', () => {
  for (const [, bytes, parse] of records) {
    const { seal, ...rest } = JSON.parse(Buffer.from(bytes).toString()) as { seal: object; revision?: number };
    const encoded = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
    expect(parse(encoded(rest))).toEqual(parse(bytes));
    if (rest.revision === undefined) continue;
    const later = { ...rest, revision: rest.revision + 1 };
    expect(parse(encoded({ ...later, seal }))).toEqual({ ...parse(bytes), revision: later.revision });
  }
});

it.each(HOWS)(
  'damaged aliases (%s): whoever reads or moves them hears the key and what to do; they stay as they are',
  async (how) => {
    const registered = await registry();
    const key = keys.aliases('digits');
    const broken = damaged((await registered.store.get(key))!.bytes, how, 3);
    await registered.store.put(key, broken);
    const attempts = [
      () => readAliases(registered.store, 'digits'),
      () => promote(registered, { ...decision, alias: 'champion', to: 3 }),
      () => rollBack(registered, decision),
    ];
    for (const attempt of attempts) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidRecord);
      expect(String(error)).toMatch(/models\/digits\/aliases\.json: expected an aliases record[\s\S]*promote N/);
    }
    expect((await registered.store.get(key))!.bytes).toEqual(Uint8Array.from(broken));
    // What the advice says helps.
    await registered.store.delete(key);
    await promote(registered, { ...decision, alias: 'champion', to: 2 });
    expect((await readAliases(registered.store, 'digits')).champion).toBe(2);
  },
);

it.each(HOWS)('a damaged version (%s): nobody takes it for another content, or publishes past it', async (how) => {
  const registered = await registry();
  const key = keys.version('digits', 2);
  const broken = damaged((await registered.store.get(key))!.bytes, how, 5);
  await registered.store.put(key, broken);
  const attempts = [
    () => readVersion(registered.store, 'digits', 2),
    () => publishVersion(registered, modelCandidate('two')),
    () => publishVersion(registered, modelCandidate('four')),
  ];
  for (const attempt of attempts) {
    const error = await attempt().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRecord);
    expect(String(error)).toContain(key);
  }
  expect((await registered.store.get(key))!.bytes).toEqual(Uint8Array.from(broken));
  // Gone, it is given back by the next who makes its content.
  await registered.store.delete(key);
  expect(await publishVersion(registered, modelCandidate('two'))).toMatchObject({
    created: true,
    version: { version: 2 },
  });
  expect((await listVersions(registered.store, 'digits')).map(({ version }) => version)).toEqual([1, 2, 3]);
});
