import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../artifacts/memory-store.ts';
import { keyFamily } from '../../artifacts/key-family.ts';
import { formatCrashPoint, parseCrashPoint, withCrashPoint } from '../../workers/crash-points.ts';

const bytes = Buffer.from('x');

class Died extends Error {}
const die = (): never => {
  throw new Died('here');
};

describe('a crash point', () => {
  it('is named by operation, kind of object and passing', () => {
    const text = 'after putIfAbsent steps/train 2';
    expect(parseCrashPoint(text)).toEqual({
      when: 'after',
      operation: 'putIfAbsent',
      family: 'steps/train',
      passing: 2,
    });
    expect(formatCrashPoint(parseCrashPoint(text))).toBe(text);
    for (const wrong of ['', 'after', 'after list blobs 1', 'during put blobs 1', 'after put blobs 0'])
      expect(() => parseCrashPoint(wrong)).toThrow(/expected "before\|after put/);
  });

  it.each([
    ['steps/train/ab.json', 'steps/train'],
    ['leases/ingest/ab.json', 'leases/ingest'],
    ['blobs/sha256/ab/abcd', 'blobs'],
    ['checkpoints/ab/000000100', 'checkpoints'],
    ['runs/first/0123/run.json', 'runs/run'],
    ['runs/first/0123/steps/train.json', 'runs/steps'],
    ['runs/first/0123/outcome.json', 'runs/outcome'],
    ['models/digits/versions/1.json', 'models/versions'],
    ['models/digits/aliases.json', 'models/aliases'],
  ])('sees %s as one of %s', (key, family) => expect(keyFamily(key)).toBe(family));

  it('ends the process before the act, or after it, at the passing it names', async () => {
    const inner = createMemoryStore();
    const before = withCrashPoint(inner, 'before put blobs 2', die);
    await before.put('blobs/a', bytes);
    await before.put('runs/r/1/run.json', bytes);
    await expect(before.put('blobs/b', bytes)).rejects.toThrow(Died);
    expect(await inner.head('blobs/b')).toBeUndefined();

    const after = withCrashPoint(inner, 'after putIfAbsent steps/train 1', die);
    await expect(after.putIfAbsent('steps/train/k.json', bytes)).rejects.toThrow(Died);
    expect(await inner.head('steps/train/k.json')).toBeDefined();
  });

  it('wraps nothing when none is named', () => {
    const store = createMemoryStore();
    expect(withCrashPoint(store, undefined)).toBe(store);
    expect(withCrashPoint(store, '')).toBe(store);
  });
});
