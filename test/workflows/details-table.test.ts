import { expect, it } from 'vitest';
import type { RunProgress } from '../../workflows/contract.ts';
import { detailsTable } from '../../workflows/details-table.ts';

it('shows one row a step, with its figures or why it failed, as a table that a pipe cannot break', () => {
  const progress: RunProgress = {
    model: 'digits',
    state: 'failed',
    steps: [
      {
        step: 'ingest',
        state: 'computed',
        seconds: 1.234,
        summary: { samples: 131_072, loss: 0.123456, digest: 'a'.repeat(64), sources: { folder: 300 } },
      },
      { step: 'train', state: 'failed', error: 'expected a | b\nsecond line' },
      { step: 'publish', state: 'waiting' },
    ],
  };
  expect(detailsTable(progress, 'a-run').split('\n')).toEqual([
    '**digits** · failed',
    '',
    '| step | state | seconds | |',
    '| --- | --- | --- | --- |',
    '| ✔ ingest | computed | 1.2 | samples 131072, loss 0.1235, digest aaaaaaaaaaaa |',
    '| ✘ train | failed |  | expected a \\| b |',
    '| · publish | waiting |  |  |',
  ]);
});

it('of a parked run says which step, why, since when, and what to paste into the update', () => {
  const parkingId = 'augment#2@0199f2c4-1234-7abc';
  const table = detailsTable(
    {
      model: 'digits',
      state: 'parked',
      steps: [],
      parking: {
        parkingId,
        step: 'augment',
        parkedAt: '2026-11-22T10:00:00.000Z',
        abandonedAt: '2026-11-29T10:00:00.000Z',
        failure: { type: 'StoreAccessDenied', message: 'expected credentials\nthat allow it' },
        canSkip: true,
      },
    },
    'a-run',
  );
  expect(table).toContain('**augment needs attention** since 2026-11-22T10:00:00.000Z');
  expect(table).toContain('> StoreAccessDenied: expected credentials\n> that allow it');
  const pasted = [...table.matchAll(/`(\{.*?\})`/g)].map(([, json]) => JSON.parse(json!) as object);
  expect(pasted).toEqual([
    { parkingId },
    { parkingId, set: { 'augment.poolSize': 65_536 } },
    { parkingId },
    { parkingId, reason: 'why' },
  ]);
  expect(table).toContain('npx digitflow retry a-run');
});
