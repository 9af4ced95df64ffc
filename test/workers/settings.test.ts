import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { partsOf } from '../../cli/stack/worker-list.ts';
import { identityOf, InvalidWorkerSettings, workerSettings } from '../../workers/settings.ts';

test('a pipeline worker polls every queue unless it is told which', () => {
  expect(workerSettings({}).queues).toEqual(['pipeline', 'train', 'sessions']);
  expect(workerSettings({ DIGITFLOW_QUEUES: '' }).queues).toEqual(['pipeline', 'train', 'sessions']);
  expect(workerSettings({ DIGITFLOW_QUEUES: 'train' }).queues).toEqual(['train']);
  expect(workerSettings({ DIGITFLOW_QUEUES: ' pipeline, sessions,pipeline ' }).queues).toEqual([
    'pipeline',
    'sessions',
  ]);
});

test('a queue that is none is refused by its name', () => {
  const read = (): unknown => workerSettings({ DIGITFLOW_QUEUES: 'train,toString,pipelin' });
  expect(read).toThrow(InvalidWorkerSettings);
  expect(read).toThrow(/expected some of pipeline, train, sessions, got toString, pipelin/);
});

test('a worker names itself so that status can tell machine, process, version and commit', () => {
  const { identity } = workerSettings({});
  const own = { pid: process.pid, host: hostname() };
  expect(partsOf(identity)).toMatchObject(own);
  const named = identityOf(identity, { commit: '0123456789abcdef', dirty: true });
  expect(partsOf(named)).toMatchObject({ ...own, commit: '0123456+' });
  expect(partsOf('17@somebody else')).toEqual({});
});

test('ports and seconds are whole numbers in their bounds', () => {
  expect(workerSettings({}).metrics).toBeUndefined();
  expect(workerSettings({ DIGITFLOW_METRICS_PORT: '9464' }).metrics).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(workerSettings({ DIGITFLOW_DRAIN_SECONDS: '600' }).drainSeconds).toBe(600);
  for (const port of ['65536', '-1', '9.5', 'http'])
    expect(() => workerSettings({ DIGITFLOW_METRICS_PORT: port })).toThrow(InvalidWorkerSettings);
});
