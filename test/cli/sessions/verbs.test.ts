import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordSession } from '../../../artifacts/sessions.ts';
import { systemClock } from '../../../artifacts/clock.ts';
import { sessionRecordOf } from '../../../activities/session-record.ts';
import { seen } from '../../../cli/commands/watch.ts';
import { someFigures } from '../../support/fake-desk.ts';
import { type CliHome, openCliHome } from '../cli-process.ts';

let home: CliHome;

beforeAll(async () => {
  home = await openCliHome();
  const ended = someFigures('session-one', { state: 'ended', reason: 'bye', endedAt: '2026-11-22T10:05:00.000Z' });
  await recordSession(home.store, sessionRecordOf('worker-a', ended, systemClock));
});

afterAll(() => home.remove());

it('lists and shows summaries from the store alone when Temporal is away', async () => {
  const listed = await home.run(['sessions', '--json']);
  expect(listed.exitCode).toBe(0);
  expect(listed.document()).toMatchObject({
    temporal: 'unreachable',
    sessions: [{ session: 'session-one', state: 'ended' }],
  });
  const { document } = await home.run(['session', 'show', 'session-one', '--json']);
  expect(document()).toMatchObject({ session: 'session-one', frames: { received: 3 }, link: null });
  const shown = await home.run(['session', 'show', 'session-one']);
  expect(shown.stdout).toMatch(/session-one {2}ended, bye[^]*received 3, answered 2, dropped 1[^]*7 1/);
});

it('says what is missing, with the right exit code', async () => {
  expect((await home.run(['session', 'show', 'nobody'])).exitCode).toBe(1);
  expect((await home.run(['session', 'end', 'session-one'])).exitCode).toBe(1); // Temporal is away
  expect((await home.run(['watch', '--source', 'browser'])).exitCode).toBe(2);
  expect((await home.run(['serve', '--port', '99999'])).exitCode).toBe(2);
  expect((await home.run(['serve', '--cert', 'a.pem'])).exitCode).toBe(2);
  const wrong = await home.run(['session', 'start', '--source', 'rtmp://me:secret@cam/1', '--json']);
  expect(wrong.exitCode).toBe(2);
  expect(wrong.stdout + wrong.stderr).not.toContain('secret');
});

it('prints digits from left to right, uncertain ones in brackets', () => {
  const digit = (label: string, x: number, decision: 'digit' | 'uncertain') =>
    ({ label, decision, box: { x, y: 0, w: 9, h: 9 } }) as never;
  expect(seen({ digits: [digit('3', 50, 'uncertain'), digit('7', 10, 'digit')] })).toBe('7 (3)');
  expect(seen({ digits: [] })).toBe('–');
});
