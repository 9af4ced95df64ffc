import { expect, test } from 'vitest';
import { InvalidWorkerSettings, workerSettings } from '../../workers/settings.ts';

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
