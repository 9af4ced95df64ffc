import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'setup', 'bootstrap.mjs');

function bootstrap(
  args: readonly string[],
  environment: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [BOOTSTRAP, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
}

test('--help says what it does, on stdout', () => {
  const { status, stdout, stderr } = bootstrap(['--help']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Usage: node setup/bootstrap.mjs <verb> [arguments]');
});

test('an unknown verb, or none, is wrong use, and stdout stays clean', () => {
  expect(bootstrap(['strat'])).toMatchObject({ status: 2, stdout: '' });
  expect(bootstrap(['strat']).stderr).toContain('expected start, test, proofs, chaos, setup or --help, got "strat"');
  expect(bootstrap([])).toMatchObject({ status: 2, stdout: '' });
});

test('what cannot be set up is said on stderr, for each component, and stdout stays clean', () => {
  const nowhere = { DIGITFLOW_TEMPORAL: '/nowhere/temporal', DIGITFLOW_MINIO: '/nowhere/minio' };
  const { status, stdout, stderr } = bootstrap(['setup', '--json'], nowhere);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain("DIGITFLOW_TEMPORAL=/nowhere/temporal can't be used: expected an executable file");
  expect(stderr).toContain("DIGITFLOW_MINIO=/nowhere/minio can't be used: expected an executable file");
  expect(stderr).toMatch(/^✓ TensorFlow /m);
});
