import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { replacePart, NoPlace } from '../../bench/peers/markers.ts';
import { parsePeersOptions, WrongUse } from '../../bench/peers/options.ts';
import { cellsOf, pageOf } from '../../bench/peers/page.ts';
import { environmentOf } from '../../bench/peers/python.ts';
import { ratioOf } from '../../bench/peers/ratio.ts';
import { checkOf, reached } from '../../bench/peers/reach.ts';
import { noCosts, topics } from '../../bench/peers/costs.ts';
import { rowsOf } from '../../bench/peers/rows.ts';
import { shown, times } from '../../bench/peers/units.ts';
import { workOf } from '../../bench/peers/limits.ts';
import type { Measured } from '../../bench/peers/rounds.ts';
import type { ArchiveRun } from '../../bench/recipe/archive-run.ts';
import { checkoutFolder } from '../../config/home.ts';
import { networks } from '../../ml/model.ts';

const facts = {
  date: '2026-11-26',
  cpu: 'a CPU',
  cores: 2,
  load: [0.1, 2] as [number, number],
  rounds: 3,
  minutes: 4,
  gflops: 100,
  versions: { Node: '20', Keras: '3' },
};

/** Every topic costs us 1, 2, 3 and theirs ten times that, or more with oneDNN off. */
function measured(accuracy: number): Measured {
  const costs = noCosts();
  for (const topic of topics) {
    costs[topic].ours.push(1, 2, 3);
    costs[topic].theirs['oneDNN off'] = [40, 50, 60];
    costs[topic].theirs['oneDNN on'] = [10, 20, 30];
  }
  const run = { accuracy, network: 'compact', trainSteps: 980, batchSize: 128 } as ArchiveRun;
  return { costs, runs: [run, run, run], gflops: 100, inflate: [1e-5, 2e-5, 3e-5] };
}

describe('a ratio', () => {
  test('is taken round by round against the better variant', () => {
    const ratio = ratioOf([1, 2, 4], { off: [90, 90, 90], on: [10, 40, 40] });
    expect(ratio).toMatchObject({
      variant: 'on',
      ours: { median: 2, least: 1, most: 4 },
      theirs: { median: 40 },
      ratio: { median: 10, least: 10, most: 20, rounds: 3 },
    });
  });

  test('needs as many rounds of both', () => {
    expect(() => ratioOf([1, 2], { on: [1] })).toThrow("expected 2 rounds of both, got 1 of 'on'");
    expect(() => ratioOf([1], {})).toThrow('expected at least one variant, got none');
  });
});

describe('the page', () => {
  test('says for each row what each side took, the ratio with its spread, what was wanted and what is possible', () => {
    const rows = rowsOf(measured(0.997), { cores: 2 });
    const step = rows.find(({ id }) => id === 'step')!;
    expect(cellsOf(step)).toEqual([
      'network `reference`, a step of 50, against train_on_batch',
      '2,000 ms',
      '20,000 ms (oneDNN on)',
      '10 ×, 10 × to 10 ×',
      '1 ×, 1.3 ×',
      expect.stringMatching(/^1\d\d ms \(arithmetic\)$/), // 50 samples of 330 MFLOP at 100 GFLOP/s
    ]);
  });

  test('says which figure is extrapolated, and how', () => {
    const page = pageOf(rowsOf(measured(0.997), { cores: 2 }), facts);
    expect(page).toContain('Extrapolated: 20,000 steps are 800 times a measurement of 25 steps');
    expect(page).toContain(
      '2026-11-26, a CPU, 2 cores, load 0.1 before and 2 after, 3 rounds in 4 minutes. Node 20, Keras 3.',
    );
  });

  test('names what is less than wanted, and an accuracy that is', () => {
    const page = pageOf(rowsOf(measured(0.99), { cores: 2 }), facts);
    expect(page).toMatch(/99\.00 ± 0\.00 % \(wanted: ≥ 99\.5 %\)/);
    expect(page).toMatch(/Less than wanted: `fast-print`, .*model\.predict\./);
  });

  test('has a place in docs/performance.md, and nothing else changes', () => {
    const before = readFileSync(path.join(checkoutFolder, 'docs', 'performance.md'), 'utf8');
    const after = replacePart(before, 'a table');
    expect(replacePart(after, 'a table')).toBe(after);
    expect(after).toContain('\n\na table\n\n<!-- /bench:peers -->');
    expect(after.slice(0, 2_000)).toBe(before.slice(0, 2_000));
    expect(() => replacePart('no markers', 'x')).toThrow(NoPlace);
  });
});

describe('Keras has read as well as we do', () => {
  const at = (steps: number, ...validation: number[]) =>
    checkOf(validation.map((share, i) => ({ seed: i, steps, seconds: 10 + i, validation: share, test: 0.9 })));

  test('at the first check whose mean over the seeds does', () => {
    const checks = [at(150, 0.9, 0.99), at(300, 0.99, 1), at(450, 1, 1)];
    expect(reached(checks, 0.995)).toMatchObject({ steps: 300, seconds: 10.5 });
  });

  test('or not at all, which makes the ratio a bound', () => {
    const checks = [at(150, 0.9)];
    expect(reached(checks, 0.995)).toBeUndefined();
    const rows = rowsOf(measured(0.997), { cores: 2, race: { checks, at: undefined, ours: [5] } });
    const row = rows.find(({ id }) => id === 'sameAccuracy')!;
    expect(row.what).toContain('not yet after 150 steps, with 90.00 %');
    expect(cellsOf(row)[3]).toBe('> 2 ×');
  });
});

test('costs are read in the unit of their row', () => {
  expect(shown(0.000_058, 'milliseconds')).toBe('0.058 ms');
  expect(shown(1 / 138_700, 'perSecond')).toBe('139,000/s');
  expect(shown(1_620, 'seconds')).toBe('1,620 s');
  expect(times(171.4)).toBe('171 ×');
});

test('the arithmetic of a network is counted', () => {
  expect(workOf(networks.reference, 10).training / 1e6).toBeCloseTo(330, -1);
  expect(workOf([{ kind: 'flatten' }, { kind: 'dense', name: 'logits', units: 'classes' }], 10)).toEqual({
    forward: 2 * 1024 * 10,
    training: 2 * (2 * 1024 * 10),
  });
});

test('other packages and another Python get another environment', () => {
  const folders = [
    ['a==1', '3.11.7'],
    ['a==2', '3.11.7'],
    ['a==1', '3.12.0'],
  ].map(([requirements, version]) => environmentOf(requirements!, version!).folder);
  expect(new Set(folders).size).toBe(3);
});

describe('npm run bench:peers', () => {
  test('takes options, and refuses what it does not know', () => {
    expect(parsePeersOptions([])).toMatchObject({ rounds: 5, write: false, full: false, kerasSteps: 9_000 });
    expect(parsePeersOptions(['--full', '--keras-seeds', '2'])).toMatchObject({ full: true, kerasSeeds: [1, 2] });
    expect(() => parsePeersOptions(['--rounds', '0'])).toThrow(
      "--rounds: expected a whole number from 1 to 50, got '0'",
    );
    expect(() => parsePeersOptions(['--keras-steps', '200'])).toThrow('expected a multiple of 150, got 200');
    expect(() => parsePeersOptions(['--fast'])).toThrow(WrongUse);
  });

  test('says in one line what is missing: the archive by exit code 2, Python by 1', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'digitflow-'));
    try {
      const archive = path.join(folder, 'images.tgz');
      await writeFile(archive, 'never opened');
      const environment = { HOME: folder, DIGITFLOW_CACHE: folder, PATH: folder };
      // One after the other: what was named last is remembered.
      const nothing = await run([], environment);
      const noPython = await run(['--data', archive], environment);
      expect(nothing).toMatchObject({ code: 2, stdout: '' });
      expect(nothing.stderr).toContain('--data: expected an archive of images, got none');
      expect(noPython).toMatchObject({ code: 1, stdout: '' });
      expect(noPython.stderr).toBe('expected python3 of version 3.11, 3.12, 3.13 on PATH, got none\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', path.join(checkoutFolder, 'bench', 'peers', 'run.ts'), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env, cwd: checkoutFolder }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}
