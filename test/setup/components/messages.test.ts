import { describe, expect, test } from 'vitest';
import { explainSystemError, platformName, showProgress } from './support/setup-modules.ts';

const systemError = (code: string, message = code): Error =>
  Object.assign(new Error(message), { code, path: '/cache' });

describe('an error of the system', () => {
  test.for([
    ['ENOSPC', 'the disk is full at /cache', /^DIGITFLOW_CACHE=/],
    ['EACCES', 'no right to write at /cache', /^DIGITFLOW_CACHE=/],
    ['EROFS', 'no right to write at /cache', /^DIGITFLOW_CACHE=/],
    ['ENOTFOUND', 'the network gave no answer', /HTTPS_PROXY=/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', "certificate isn't trusted", /^NODE_EXTRA_CA_CERTS=/],
  ] as const)('%s is said in words, with a command that fixes it', ([code, words, fix]) => {
    const explained = explainSystemError(systemError(code));
    expect(explained.message).toContain(words);
    expect(explained.fix).toMatch(fix);
  });

  test('is told from a mistake of ours, which is not a reason to try another way', () => {
    const mistake = new TypeError('x is not a function');
    expect(explainSystemError(mistake)).toBe(mistake);
  });
});

test('a platform is named with its C library where that matters', () => {
  expect(platformName({ platform: 'linux', arch: 'x64', glibc: '2.36' })).toBe('linux-x64');
  expect(platformName({ platform: 'linux', arch: 'x64', glibc: undefined })).toBe('linux-x64-musl');
  expect(platformName({ platform: 'darwin', arch: 'arm64', glibc: undefined })).toBe('darwin-arm64');
});

describe('progress', () => {
  const start = (isTerminal: boolean) => {
    let now = 0;
    let written = '';
    const stream = { columns: 60, write: (text: string) => ((written += text), true) };
    const { report, stop } = showProgress({ stream, isTerminal, now: () => now });
    const at = (seconds: number, message: string, state: 'working' | 'ready' = 'working'): void => {
      now = seconds * 1000;
      report({ name: 'minio', title: 'MinIO', state, message });
    };
    return { at, stop, written: () => written };
  };

  test('without a terminal is a line for each kind of news, and a sign of life', () => {
    const { at, stop, written } = start(false);
    at(0, 'downloading: 1 MB');
    at(1, 'downloading: 2 MB');
    at(16, 'downloading: 9 MB');
    at(17, 'compiling');
    at(20, '1.0 (go build)', 'ready');
    stop();
    expect(written().trimEnd().split('\n')).toEqual([
      '· MinIO    0 s  downloading: 1 MB',
      '· MinIO   16 s  downloading: 9 MB',
      '· MinIO   17 s  compiling',
      '✓ MinIO   20 s  1.0 (go build)',
    ]);
  });

  test('on a terminal is one line a component, cut to its width, with the time it took', () => {
    const { at, stop, written } = start(true);
    at(0, 'compiling');
    at(12, 'x'.repeat(100), 'ready');
    stop();
    const [line = ''] = written().trimEnd().split('\n');
    expect(line.replace('\x1b[2K', '')).toMatch(/^✓ MinIO {3}12 s {2}x+…$/);
    expect(line.replace('\x1b[2K', '').length).toBeLessThan(60);
  });
});
