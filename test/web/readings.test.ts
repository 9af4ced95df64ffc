import { describe, expect, it } from 'vitest';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import { createAnnounce } from '../../web/readings/announcer.ts';
import { BRIDGE_MS, createBridge } from '../../web/readings/bridge.ts';
import { KEPT_ENTRIES, remember, stableText, type HistoryEntry, type Read } from '../../web/readings/history.ts';

const digit = (label: string, stableFrames = 5, decision: 'digit' | 'uncertain' = 'digit') => ({
  label,
  stableFrames,
  probability: 0.9,
  decision,
});
const read = (digits: Read['digits'], nowMs: number): Read => ({ digits, nowMs, modelVersion: 1, isLocal: false });

describe('the history', () => {
  it('notes what stands, once, for as long as it stands', () => {
    let history: readonly HistoryEntry[] = [];
    for (let ms = 0; ms < 3_000; ms += 100) history = remember(history, read([digit('4'), digit('7')], ms));
    expect(history).toMatchObject([{ text: '4 7', at: 0, lastMs: 2_900 }]);
    history = remember(history, read([digit('4')], 3_000));
    expect(history.map(({ text }) => text)).toEqual(['4', '4 7']);
  });

  it('notes the same digits again after a pause', () => {
    const once = remember([], read([digit('4')], 0));
    expect(remember(once, read([digit('4')], 1_000))).toHaveLength(1);
    expect(remember(once, read([digit('4')], 5_000))).toHaveLength(2);
  });

  it('leaves out what is not sure or has only just come', () => {
    expect(stableText([digit('4'), digit('7', 1)])).toBe('');
    expect(stableText([digit('4'), digit('7', 9, 'uncertain')])).toBe('4');
    const history = [] as const;
    expect(remember(history, read([digit('4', 1)], 0))).toBe(history);
  });

  it('keeps the newest only', () => {
    let history: readonly HistoryEntry[] = [];
    for (let i = 0; i < 100; i++) history = remember(history, read([digit(String(i % 10))], i * 10_000));
    expect(history).toHaveLength(KEPT_ENTRIES);
    expect(history[0]?.text).toBe('9');
  });
});

describe('what a screen reader hears', () => {
  it('says a reading once it stands, and not again', () => {
    const hear = createAnnounce();
    const said = Array.from({ length: 30 }, (_, frame) => hear('7', frame * 100)).filter((text) => text !== undefined);
    expect(said).toEqual(['Reads 7']);
  });

  it('stays silent while readings change faster than one can listen', () => {
    const hear = createAnnounce();
    const said = Array.from({ length: 40 }, (_, frame) => hear(frame % 4 < 2 ? '7' : '1', frame * 100));
    expect(said.filter((text) => text !== undefined)).toEqual([]);
  });

  it('says that a digit went away', () => {
    const hear = createAnnounce();
    hear('7', 0);
    expect(hear('7', 700)).toBe('Reads 7');
    hear('', 800);
    expect(hear('', 1_500)).toBe('No digit');
  });
});

describe('a digit that frames miss', () => {
  const at = (id: number, x: number): TrackedDigit => ({
    id,
    label: '7',
    probability: 0.9,
    probabilities: [],
    decision: 'digit',
    stableFrames: 5,
    raw: { label: '7', probability: 0.9 },
    box: { x, y: 10, w: 20, h: 30 },
  });
  const ids = (digits: readonly TrackedDigit[]): number[] => digits.map(({ id }) => id);

  it('stays in view, in its place, for as long as nobody notices, and is then gone', () => {
    const bridge = createBridge();
    expect(ids(bridge.over([at(1, 10), at(2, 50)], 0))).toEqual([1, 2]);
    expect(ids(bridge.over([at(2, 50)], 100))).toEqual([1, 2]);
    expect(ids(bridge.over([at(2, 50)], BRIDGE_MS))).toEqual([1, 2]);
    expect(ids(bridge.over([at(2, 50)], BRIDGE_MS + 1))).toEqual([2]);
    expect(ids(bridge.over([], 2 * BRIDGE_MS + 2))).toEqual([]);
  });

  it('gives way to what stands in its place under another id', () => {
    const bridge = createBridge();
    bridge.over([at(1, 10)], 0);
    expect(ids(bridge.over([at(2, 14)], 30))).toEqual([2]);
  });

  it('does not come back over another picture', () => {
    const bridge = createBridge();
    bridge.over([at(1, 10)], 0);
    bridge.reset();
    expect(ids(bridge.over([], 30))).toEqual([]);
  });
});
