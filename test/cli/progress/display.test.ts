import { describe, expect, test } from 'vitest';
import { createDisplay } from '../../../cli/progress/display.ts';
import { stepText } from '../../../cli/progress/lines.ts';
import { createMeter } from '../../../cli/progress/meter.ts';
import {
  belongsTo,
  type RunningActivity,
  runningActivities,
  type RunSnapshot,
} from '../../../cli/progress/snapshot.ts';
import { openTerminal } from '../../../cli/terminal.ts';
import type { RunProgress, StepProgress, StepView } from '../../../workflows/contract.ts';

const STEPS = ['ingest', 'preprocess', 'augment', 'train', 'evaluate', 'publish'] as const;

function snapshot(
  at: number,
  views: Partial<Record<(typeof STEPS)[number], Partial<StepView>>>,
  activities: RunningActivity[] = [],
): RunSnapshot {
  const steps = STEPS.map((step): StepView => ({ step, state: 'waiting', ...views[step] }));
  const progress: RunProgress = { state: 'running', model: 'digits', steps };
  return { at, progress, activities };
}

const activity = (type: string, progress?: StepProgress, more: Partial<RunningActivity> = {}): RunningActivity => ({
  id: type,
  type,
  attempt: 1,
  started: true,
  ...(progress && { progress }),
  ...more,
});
const trained = (done: number, figures: Record<string, number> = {}): StepProgress => ({
  done,
  total: 3_000,
  unit: 'steps',
  figures,
});

describe('a meter', () => {
  test('gives the rate of the last quarter minute and the time that is left', () => {
    const meter = createMeter();
    expect(meter.read([activity('train')], 0)).toBeUndefined();
    expect(meter.read([activity('train', trained(100))], 1_000)?.rate).toBeUndefined();
    expect(meter.read([activity('train', trained(300))], 3_000)).toMatchObject({ rate: 100, etaSeconds: 27 });
    let gauge;
    for (let second = 4; second <= 40; second++)
      gauge = meter.read([activity('train', trained(300 + (second - 3) * 40))], second * 1_000);
    expect(gauge?.rate).toBeCloseTo(40);
  });

  test('takes the time that is left from the step where the step knows it', () => {
    expect(createMeter().read([activity('train', trained(1, { remainingSeconds: 9 }))], 0)?.etaSeconds).toBe(9);
  });

  test('adds activities side by side: one that is gone is done, one that is silent is as large as the others', () => {
    const meter = createMeter();
    const part = (id: string, done?: number) =>
      activity('augmentPart', done === undefined ? undefined : { done, total: 100, unit: 'samples' }, { id });
    expect(meter.read([part('1', 40), part('2')], 0)).toMatchObject({ done: 40, total: 200 });
    expect(meter.read([part('1', 90), part('2', 30)], 1_000)).toMatchObject({ done: 120, total: 200 });
    expect(meter.read([part('2', 80)], 2_000)).toMatchObject({ done: 180, total: 200 });
    expect(meter.read([activity('augment', { done: 1, total: 4, unit: 'parts' })], 3_000)).toMatchObject({
      done: 1,
      total: 4,
    });
  });

  test('a new attempt from an earlier place starts a new rate', () => {
    const meter = createMeter();
    meter.read([activity('train', trained(500))], 0);
    meter.read([activity('train', trained(600))], 1_000);
    expect(meter.read([activity('train', trained(450))], 2_000)?.rate).toBeUndefined();
    expect(meter.read([activity('train', trained(500))], 3_000)?.rate).toBe(50);
  });
});

describe('a line', () => {
  const line = (view: Partial<StepView>, activities: RunningActivity[] = []) => {
    const whole: StepView = { step: 'train', state: 'running', ...view };
    return stepText({ view: whole, activities, runningSeconds: 3, gauge: createMeter().read(activities, 0) }, true);
  };

  test('of a running step has bar, count, share, rate, loss', () => {
    const progress = trained(1_500, {
      loss: 0.23148,
      accuracy: 0.9812,
      samplesPerSecond: 6_120.4,
      remainingSeconds: 41,
    });
    expect(line({}, [activity('train', progress)])).toBe(
      'train       ████████░░░░░░░░  1,500/3,000 steps  50 %  41s left  loss 0.231  accuracy 98.12 %  6,120 samples/s',
    );
  });

  test('of a step without a free worker says so', () => {
    expect(line({}, [activity('train', undefined, { started: false })])).toBe(
      'train       waiting for a free worker for 3s',
    );
  });

  test('of a second attempt tells why the first one ended', () => {
    const again = activity('train', trained(3), { attempt: 2, lastFailure: 'worker was lost' });
    expect(line({}, [again])).toMatch(/attempt 2 after: worker was lost$/);
  });

  test('of a finished step has its seconds and small figures, no digests', () => {
    const summary = { samples: 10_240, classes: 11, pixelDigest: 'a'.repeat(64), name: 'builtin' };
    expect(line({ state: 'reused', seconds: 0.21, summary })).toBe(
      'train       reused     210ms  samples 10,240, classes 11, name builtin',
    );
  });

  test('of a failed step has the first line of its error', () => {
    expect(line({ state: 'failed', error: 'no space\nat x' })).toBe('train       failed: no space');
  });
});

describe('plain lines', () => {
  test('come on change, and from a running step at most every five seconds', () => {
    let written = '';
    const stdout = { write: (text: string) => (written += text) };
    const display = createDisplay(openTerminal({ json: false, stdout, stderr: stdout, environment: {} }));
    display.update(snapshot(0, { ingest: { state: 'running' } }));
    for (let second = 1; second <= 11; second++) {
      const counted = activity('ingest', { done: second * 10, total: 200, unit: 'images' });
      display.update(snapshot(second * 1_000, { ingest: { state: 'running' } }, [counted]));
    }
    display.update(
      snapshot(12_000, {
        ingest: { state: 'computed', seconds: 12, summary: { images: 200 } },
        preprocess: { state: 'running' },
      }),
    );
    display.say('Temporal does not answer');
    display.say('Temporal does not answer');
    display.close();
    expect(written.split('\n')).toEqual([
      'ingest      running',
      'ingest      50/200 images  25 %  15s left  10/s',
      'ingest      100/200 images  50 %  10s left  10/s',
      'ingest      computed   12.0s  images 200',
      'preprocess  running',
      'Temporal does not answer',
      '',
    ]);
  });

  test('with --json they go to stderr', () => {
    let stdout = '';
    let stderr = '';
    const terminal = openTerminal({
      json: true,
      stdout: { write: (text) => (stdout += text), isTTY: true },
      stderr: { write: (text) => (stderr += text) },
      environment: {},
    });
    createDisplay(terminal).update(snapshot(0, { ingest: { state: 'running' } }));
    expect([stdout, stderr]).toEqual(['', 'ingest      running\n']);
  });
});

describe('live lines', () => {
  const draw = (environment: Record<string, string>): string => {
    let written = '';
    const stdout = { write: (text: string) => (written += text), isTTY: true, columns: 60 };
    const display = createDisplay(openTerminal({ json: false, stdout, stderr: stdout, environment }));
    display.update(
      snapshot(0, {
        ingest: { state: 'computed', seconds: 1, summary: { note: 'x'.repeat(200) } },
        train: { state: 'running' },
      }),
    );
    display.close();
    return written;
  };
  // oxlint-disable-next-line no-control-regex
  const colours = /\u001b\[\d+m/;

  test('one a step, none wider than the screen', () => {
    const lines = draw({ NO_COLOR: '1' })
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/\u001b\[[\d?]*[A-Za-z]/g, '')
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(line.length).toBeLessThan(60);
  });

  test('NO_COLOR is honoured', () => {
    expect(draw({})).toMatch(colours);
    expect(draw({ NO_COLOR: '1' })).not.toMatch(colours);
  });
});

describe('activities of Temporal', () => {
  test('a heartbeat that cannot be read counts as none', () => {
    const payload = (text: string) => ({ payloads: [{ data: Buffer.from(text) }] });
    const read = runningActivities([
      {
        activityId: '1',
        activityType: { name: 'train' },
        attempt: 2,
        state: 2,
        heartbeatDetails: payload('{"done":1,"total":2,"unit":"steps"}'),
        lastFailure: { message: 'lost\nstack' },
      },
      { activityId: '2', activityType: { name: 'train' }, state: 1, heartbeatDetails: payload('not json') },
      { activityId: '3', activityType: { name: 'train' }, state: 2, heartbeatDetails: payload('{"done":"many"}') },
    ] as never);
    expect(read).toEqual([
      {
        id: '1',
        type: 'train',
        attempt: 2,
        started: true,
        progress: { done: 1, total: 2, unit: 'steps' },
        lastFailure: 'lost',
      },
      { id: '2', type: 'train', attempt: 1, started: false },
      { id: '3', type: 'train', attempt: 1, started: true },
    ]);
  });

  test('belong to the step that their name begins with', () => {
    expect(belongsTo(activity('augmentPart'), 'augment')).toBe(true);
    expect(belongsTo(activity('augment'), 'augment')).toBe(true);
    expect(belongsTo(activity('trainer'), 'train')).toBe(false);
  });
});
