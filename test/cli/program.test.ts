import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyVerb } from '../support/every-verb.ts';
import { type CliHome, openCliHome, runWords } from './cli-process.ts';

let home: CliHome;
beforeAll(async () => {
  home = await openCliHome();
});
afterAll(() => home.remove());

describe('words that are wrong', () => {
  test.each([
    [['trian'], /unknown command 'trian'.*Did you mean train/s],
    [['train', '--dataste', 'x'], /unknown option '--dataste'.*Did you mean --dataset/s],
    [['models', 'shwo'], /did you mean show/],
    [['train', '--set', 'train.trianSteps=4'], /train\.trianSteps: unknown key \(did you mean trainSteps\?\)/],
    [['train', '--set', 'trainSteps'], /--set: expected key=value/],
    [['train', '--preset', 'qick'], /did you mean quick/],
    [['train', '--engine-match', 'some'], /--engine-match: expected exact or any/],
    [['train', '--watch', '--detach'], /exclude each other/],
    [['train', '--labels', 'labels-idx1-ubyte'], /--labels: expected one --dataset, an IDX file/],
    [['train', '--dataset', 'http://user:secret@'], /ingest\.source\.url/],
    [['train', '--dataset', 'builtin', '--weight', '2'], /--weight: expected one for each of several/],
    [['train', '--dataset', 'builtin', '--dataset', 'builtin'], /expected kind builtin once, got it twice/],
    [
      ['train', '--dataset', 'no-such-folder'],
      /expected `builtin`, `feedback`, the name of an added dataset, a folder, an archive or an IDX file/,
    ],
    [['train', '--id', 'has blanks'], /--id: expected/],
    [['train', '--config', 'missing.json'], /missing\.json: expected a JSON file/],
    [['runs', '--limit', 'many'], /--limit: expected a whole number/],
    [['show', 'run@xyz'], /expected id, id@last8/],
    [['logs', '--follow', '--json'], /choose one/],
    [['cancel'], /missing required argument 'run'/],
  ])('%j is refused with exit code 2', async (words, message) => {
    const { exitCode, stderr } = await home.run(words);
    expect(stderr).toMatch(message);
    expect(exitCode).toBe(2);
  });

  test.each([[['trian', '--json']], [['train', '--json', '--dataste', 'x']], [['train', '--json', '--set', 'x=1']]])(
    '%j with --json is one document that tells of the error',
    async (words) => {
      const { exitCode, document } = await home.run(words);
      expect(exitCode).toBe(2);
      expect(document()).toEqual({
        error: { type: expect.any(String), message: expect.any(String), exitCode: 2 },
      });
    },
  );

  test('a --json after -- is an argument, not the option', async () => {
    expect((await home.run(['trian', '--', '--json'])).stdout).toBe('');
  });
});

describe('help', () => {
  const verbs = everyVerb().commands.map((command) => command.name());

  test('the program names every verb and the exit codes', async () => {
    const { exitCode, stdout } = await home.run(['--help']);
    expect(exitCode).toBe(0);
    for (const verb of verbs) expect(stdout).toContain(`  ${verb}`);
    expect(stdout).toMatch(/130 interrupted/);
  });

  test.each(verbs)('%s shows an example', async (verb) => {
    const { exitCode, stdout } = await home.run([verb, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ npx digitflow \w/);
  });
});

describe('errors', () => {
  test('without a stack, the command that starts one is named, and there is no stack trace', async () => {
    const { exitCode, stderr } = await runWords(['train'], home.folder, { DIGITFLOW_HOME: '/no/such/home' });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/npm start/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('DIGITFLOW_DEBUG=1 adds the stack trace', async () => {
    const { stderr } = await runWords(['train'], home.folder, {
      DIGITFLOW_HOME: '/no/such/home',
      DIGITFLOW_DEBUG: '1',
    });
    expect(stderr).toMatch(/\n\s+at /);
  });

  test('a Temporal that does not answer is said so at once', async () => {
    const { exitCode, stderr } = await home.run(['train']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Temporal does not answer at 127\.0\.0\.1:1/);
  });
});
