import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pagerCommand, runPager } from '../../cli/pager/run-pager.ts';
import { runCli } from '../../cli/program.ts';
import { encodePng } from '../../ml/codecs/png.ts';
import { publishEvaluated } from '../support/evaluated-model.ts';
import { everyVerb, examplesOf, pathOf, runsAtHome, verbsOf } from '../support/every-verb.ts';
import { type CliHome, openCliHome } from './cli-process.ts';

let home: CliHome;

/** A home that has what the examples name. */
beforeAll(async () => {
  home = await openCliHome();
  for (const student of [1, 2]) await publishEvaluated(home.store, { student });
  const firstExecutionRunId = '01a21804-0000-7000-8000-00004f1c22ab';
  await publishEvaluated(home.store, { student: 3, workflowId: 'other-run', firstExecutionRunId });
  await publishEvaluated(home.store, { student: 4, workflowId: 'my-run', firstExecutionRunId });
  for (const file of ['photo.png', 'scans/1.png', 'more/7.jpg', ...pictures('my-digits')]) {
    mkdirSync(join(home.folder, file, '..'), { recursive: true });
    writeFileSync(join(home.folder, file), picture(file.length));
  }
  writeFileSync(join(home.folder, 'my-run.json'), JSON.stringify({ train: { trainSteps: 700 } }));
});
afterAll(() => home.remove());

const pictures = (folder: string): string[] =>
  Array.from({ length: 20 }, (_, index) => `${folder}/${index % 2}/${'x'.repeat(index)}.png`);

/** A bar whose place and length depend on `at`. */
const picture = (at: number): Uint8Array =>
  encodePng({
    width: 32,
    height: 32,
    pixels: Uint8Array.from({ length: 1024 }, (_, index) =>
      index % 32 >= 4 + (at % 9) && index % 32 < 9 + (at % 9) && index / 32 < 16 + (at % 11) ? 255 : 0,
    ),
  });

const verbs = verbsOf(everyVerb()).filter((verb) => verb.name() !== 'help');
const examples = verbs.flatMap(examplesOf);

describe('every verb', () => {
  test.each(verbs.map((verb) => [pathOf(verb), verb] as const))('%s has examples, --json and --quiet', (_, verb) => {
    expect(examplesOf(verb).length).toBeGreaterThan(0);
    expect(verb.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--json', '--quiet']));
  });
});

describe('examples of the help', () => {
  test.each(examples.map(({ line, words }) => [line, words] as const))('%s is a command line', async (_, words) => {
    const program = everyVerb();
    let ran = false;
    for (const verb of verbsOf(program))
      verb.action(() => {
        ran = true;
      });
    await program.parseAsync(words, { from: 'user' });
    expect(ran).toBe(true);
  });

  const run = examples.filter(({ line }) => runsAtHome(line));

  test.each([...new Set(run.map(({ line }) => line))])('%s runs', async (line) => {
    const { words } = run.find((example) => example.line === line)!;
    const { exitCode, stdout, stderr } = await home.run(words);
    expect([exitCode, stderr.replace(/^Temporal does not answer: .*$/m, '').trim()]).toEqual([0, '']);
    expect(stdout).not.toBe('');
  });
});

describe('--quiet', () => {
  test('leaves the answer and takes the progress away', async () => {
    const words = ['models', 'export', '1', '--format', 'onnx', '--to'];
    const loud = await home.run([...words, 'loud']);
    const quiet = await home.run([...words, 'quiet', '--quiet']);
    expect(loud.stdout).toMatch(/^checking digits version 1.*\n✔/);
    expect(quiet.stdout).toBe(loud.stdout.replace(/^checking.*\n/, '').replaceAll('loud', 'quiet'));
    expect(quiet.stderr).toBe('');
  });
  test('leaves errors', async () => {
    const { exitCode, stderr } = await home.run(['models', 'show', '99', '--quiet']);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/has no version 99/)]);
  });
});

describe('a long answer', () => {
  /** What a terminal of so many rows gets, and what its pager. */
  const onTerminal = async (
    words: string[],
    {
      rows = 10,
      environment = {},
      isThere = true,
    }: { rows?: number; environment?: Record<string, string>; isThere?: boolean } = {},
  ) => {
    const paged: { command: string; text: string }[] = [];
    let stdout = '';
    const exitCode = await runCli(words, {
      stdout: { write: (text) => (stdout += text), isTTY: true, rows, columns: 200 },
      stderr: { write: () => true },
      environment: { DIGITFLOW_HOME: home.folder, NO_COLOR: '1', ...environment },
      folder: home.folder,
      signal: new AbortController().signal,
      pager: async (command, text) => {
        paged.push({ command, text });
        return isThere;
      },
    });
    return { exitCode, stdout, paged };
  };
  const words = ['config', 'show'];

  test('is given to the pager where it is longer than the terminal, and printed where it is not', async () => {
    const { stdout: whole } = await home.run(words);
    expect(await onTerminal(words)).toEqual({
      exitCode: 0,
      stdout: '',
      paged: [{ command: 'less -FRX', text: whole }],
    });
    expect(await onTerminal(words, { rows: 500 })).toEqual({ exitCode: 0, stdout: whole, paged: [] });
  });
  test('is printed with --no-pager, with --json, and where PAGER says so', async () => {
    expect((await onTerminal([...words, '--no-pager'])).paged).toEqual([]);
    expect((await onTerminal([...words, '--json'])).paged).toEqual([]);
    expect((await onTerminal(words, { environment: { PAGER: 'cat' } })).paged).toEqual([]);
    expect((await onTerminal(words, { environment: { PAGER: 'more' } })).paged).toMatchObject([{ command: 'more' }]);
  });
  test('is printed where there is no pager', async () => {
    expect((await onTerminal(words, { isThere: false })).stdout).toBe((await home.run(words)).stdout);
  });
  test('that was cut short by an error is shown before the error', async () => {
    const { exitCode, paged, stdout } = await onTerminal(['predict', 'photo.png', 'no.png']);
    expect([exitCode, paged]).toEqual([1, []]);
    expect(stdout).toMatch(/no such file/);
  });
  test('reaches the program that was chosen; one that is missing or stops reading is no error', async () => {
    const environment = { PATH: process.env['PATH']! };
    expect(pagerCommand({})).toBe('less -FRX');
    expect(pagerCommand({ PAGER: '' })).toBeUndefined();
    expect(await runPager('head -c 1 >/dev/null', 'x'.repeat(1_000_000), environment)).toBe(true);
    expect(await runPager('no-such-pager-anywhere 2>/dev/null', 'text', environment)).toBe(false);
  });
});

describe('colours', () => {
  test.each([
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ FORCE_COLOR: '0' }, false],
    [{ NO_COLOR: '', FORCE_COLOR: '1' }, true],
    [{}, false],
  ])('%j: %s', async (environment, colored) => {
    const { stdout } = await home.run(['models'], environment);
    expect(stdout.includes('\u001b[')).toBe(colored);
  });
});
