import { expect, it } from 'vitest';
import { detailsTable } from '../../workflows/details-table.ts';

it('shows one row a step, with its figures or why it failed, as a table that a pipe cannot break', () => {
  const table = detailsTable({
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
  });
  expect(table.split('\n')).toEqual([
    '**digits** · failed',
    '',
    '| step | state | seconds | |',
    '| --- | --- | --- | --- |',
    '| ✔ ingest | computed | 1.2 | samples 131072, loss 0.1235, digest aaaaaaaaaaaa |',
    '| ✘ train | failed |  | expected a \\| b |',
    '| · publish | waiting |  |  |',
  ]);
});
