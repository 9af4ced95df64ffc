import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { presets } from '../../config/presets.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;
beforeAll(async () => {
  home = await openCliHome();
});
afterAll(() => home.remove());

const file = (name: string, content: unknown): string => {
  writeFileSync(path.join(home.folder, name), JSON.stringify(content));
  return name;
};

describe('config show', () => {
  test('says of each value where it comes from: the strongest that gives it', async () => {
    const config = file('run.json', { preset: 'quick', train: { seed: 7, batchSize: 64 } });
    const words = ['config', 'show', '--config', config, '--set', 'train.batchSize=32', '--json'];
    const { configuration, values } = (await home.run(words)).document() as {
      configuration: { train: object };
      values: { key: string; value: unknown; from: string }[];
    };
    expect(configuration.train).toMatchObject({ seed: 7, batchSize: 32, trainSteps: 400 });
    const from = Object.fromEntries(values.map((each) => [each.key, each.from]));
    expect(from).toMatchObject({
      'train.batchSize': '--set',
      'train.seed': 'run.json',
      preset: 'run.json',
      'train.trainSteps': 'preset quick',
      'ingest.source.typefaces': 'preset quick',
      'train.peakRate': 'default',
    });
  });

  test('shows a table to people', async () => {
    const { stdout } = await home.run(['config', 'show', '--preset', 'quick']);
    expect(stdout).toMatch(/train\.trainSteps\s+400\s+preset quick/);
    expect(stdout).toMatch(/preset\s+"quick"\s+--preset/);
  });
});

describe('config validate', () => {
  test('takes a right file', async () => {
    const { exitCode, stdout } = await home.run(['config', 'validate', file('right.json', { train: { seed: 2 } })]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/right\.json is a run configuration/);
  });

  test('lists every problem of a wrong one, exit code 2', async () => {
    const wrong = file('wrong.json', { train: { seed: -1, trianSteps: 3 }, evaluate: { recallTarget: 2 } });
    const { exitCode, document, stderr } = await home.run(['config', 'validate', wrong, '--json']);
    expect(exitCode).toBe(2);
    expect(document()).toMatchObject({ valid: false });
    expect(document()['problems']).toHaveLength(3);
    expect(stderr).toMatch(/trianSteps: unknown key \(did you mean trainSteps\?\)/);
  });
});

describe('config schema', () => {
  test('is a JSON Schema that takes what a run takes, and files that name it', async () => {
    const schema = (await home.run(['config', 'schema', '--json'])).document();
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    for (const input of [{}, ...Object.values(presets), { $schema: './digitflow.schema.json', train: { seed: 3 } }])
      expect(validate(input), JSON.stringify(validate.errors)).toBe(true);
    for (const input of [{ trian: {} }, { train: { seed: 'x' } }, { publish: { model: 'Digits!' } }])
      expect(validate(input)).toBe(false);
    const named = file('named.json', { $schema: './digitflow.schema.json', train: { seed: 3 } });
    expect((await home.run(['config', 'validate', named])).exitCode).toBe(0);
  });
});
