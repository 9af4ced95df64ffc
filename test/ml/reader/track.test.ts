import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, FrameReading, ReadDigit } from '../../../ml/reader/frame-reading.ts';
import { createTracker } from '../../../ml/reader/track.ts';

const BOX: Box = { x: 100, y: 80, w: 40, h: 60 };

function digit(label: number, box: Box = BOX, probability = 0.9): ReadDigit {
  const probabilities = Array.from({ length: 11 }, (_, index) =>
    index === label ? probability : (1 - probability) / 10,
  );
  return { label: String(label), probability, probabilities, decision: probability > 0.6 ? 'digit' : 'uncertain', box };
}

const frame = (...digits: ReadDigit[]): FrameReading => ({
  decision: digits.length > 0 ? 'digit' : 'none',
  digits,
  ms: { locate: 0, infer: 0 },
});

describe('tracking', () => {
  it('counts ids from 1 and keeps them while digits move', () => {
    const tracker = createTracker();
    for (let i = 0; i < 20; i++) {
      const tracked = tracker.track(frame(digit(4, { ...BOX, x: 20 + 9 * i }), digit(7, { ...BOX, x: 90 + 9 * i })));
      expect(tracked.map(({ id, label }) => [id, label])).toEqual([
        [1, '4'],
        [2, '7'],
      ]);
    }
  });

  it('never changes a label for a single wrong frame', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 30 }), (right, wrong, before) => {
        fc.pre(right !== wrong);
        const tracker = createTracker();
        for (let i = 0; i < before; i++) tracker.track(frame(digit(right)));
        for (const label of [wrong, right, right, right, wrong, right])
          expect(tracker.track(frame(digit(label)))[0]).toMatchObject({
            label: String(right),
            raw: { label: String(label) },
          });
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it('shows a real change within five frames, even with one wrong frame among them', () => {
    for (const later of [
      [8, 8, 8, 8, 8],
      [8, 2, 8, 8, 8],
      [8, 8, 3, 8, 8],
    ]) {
      const tracker = createTracker();
      for (let i = 0; i < 50; i++) tracker.track(frame(digit(3)));
      const labels = later.map((label) => tracker.track(frame(digit(label)))[0]!.label);
      expect(labels.at(-1)).toBe('8');
      expect(labels[0]).toBe('3');
    }
  });

  it('counts for how long a label has stood', () => {
    const tracker = createTracker();
    const stable = [5, 5, 5, 9, 9, 9, 9].map((label) => tracker.track(frame(digit(label)))[0]!.stableFrames);
    expect(stable).toEqual([1, 2, 3, 4, 5, 1, 2]);
  });

  it('knows a digit again after a few frames without it, and not after many', () => {
    const tracker = createTracker();
    tracker.track(frame(digit(6)));
    for (let i = 0; i < 5; i++) expect(tracker.track(frame())).toEqual([]);
    expect(tracker.track(frame(digit(6)))[0]!.id).toBe(1);
    for (let i = 0; i < 6; i++) tracker.track(frame());
    expect(tracker.track(frame(digit(6)))[0]!.id).toBe(2);
  });

  it('gives another id to a digit elsewhere or of another size', () => {
    const tracker = createTracker();
    tracker.track(frame(digit(6)));
    expect(tracker.track(frame(digit(6, { ...BOX, x: 240 })))[0]!.id).toBe(2);
    expect(tracker.track(frame(digit(6, { x: 100, y: 20, w: 120, h: 180 })))[0]!.id).toBe(3);
  });

  it('says the label of the frame itself when smoothing is off, at once and with the same ids', () => {
    const tracker = createTracker({ smoothing: false });
    expect(tracker.track(frame(digit(1)))[0]).toMatchObject({ id: 1, label: '1', probability: 0.9 });
    expect(tracker.track(frame(digit(2, BOX, 0.55)))[0]).toMatchObject({
      id: 1,
      label: '2',
      probability: 0.55,
      decision: 'uncertain',
      stableFrames: 1,
    });
    tracker.setSmoothing(true);
    expect(tracker.track(frame(digit(3)))[0]).toMatchObject({ id: 1, label: '2', raw: { label: '3' } });
  });

  it('does not flicker between digit and uncertain, and averages the probability of its label', () => {
    const tracker = createTracker();
    const tracked = [0.9, 0.9, 0.5, 0.9, 0.5].map((p) => tracker.track(frame(digit(4, BOX, p)))[0]!);
    expect(new Set(tracked.map(({ decision }) => decision))).toEqual(new Set(['digit']));
    expect(tracked.at(-1)!.probability).toBeCloseTo(0.74, 5);
  });

  it('never gives an id twice in a frame, whatever the boxes', () => {
    const box = fc.record({ x: fc.nat(280), y: fc.nat(200), w: fc.integer({ min: 5, max: 80 }), h: fc.integer({ min: 10, max: 90 }) }); // prettier-ignore
    const boxes = fc.array(box, { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(boxes, { minLength: 1, maxLength: 12 }), (frames) => {
        const tracker = createTracker();
        let greatest = 0;
        for (const list of frames) {
          const tracked = tracker.track(frame(...list.map((one, i) => digit(i % 10, one))));
          const ids = tracked.map(({ id }) => id);
          expect(new Set(ids).size).toBe(list.length);
          expect(tracked.map((one) => one.box)).toEqual(list);
          const fresh = ids.filter((id) => id > greatest);
          expect(fresh).toEqual(fresh.map((_, i) => greatest + 1 + i));
          greatest = Math.max(greatest, ...ids);
        }
      }),
      { numRuns: 30, seed: 11 },
    );
  });

  it('forgets all digits at a reset, and goes on counting', () => {
    const tracker = createTracker();
    tracker.track(frame(digit(6)));
    tracker.reset();
    expect(tracker.track(frame(digit(6)))[0]!.id).toBe(2);
  });
});
