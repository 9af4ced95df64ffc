import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../artifacts/canonical.ts';
import { encodeMembers, InvalidRecord, parseMemberNames, parseMembers } from '../../artifacts/manifests.ts';

const NAMES = ['a/1.png', '', '"],"samples":[', '\\"],"names":[]}', 'é\n\u2028😀', '\ufeff'];

function someMembers(count: number) {
  return {
    samples: Uint32Array.from({ length: count }, (_, i) => 3 * i),
    sources: Uint8Array.from({ length: count }, (_, i) => i % 3),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 11),
    groups: Uint32Array.from({ length: count }, (_, i) => (i % 4 === 0 ? 0xffff_ffff : i)),
  };
}
const nameOf = (place: number): string => NAMES[place % NAMES.length]!;

describe('who is on one side of a split', () => {
  it.each([0, 1, 6, 9_000])('is written as canonical JSON and comes back: %i members', (count) => {
    const members = someMembers(count);
    const names = Array.from({ length: count }, (_, i) => nameOf(i));
    const bytes = encodeMembers(members, nameOf);
    const { samples, sources, labels, groups } = members;
    const columns = Object.entries({ samples, sources, labels, groups }).map(([key, column]) => [key, [...column]]);
    const whole = { schemaVersion: 1, kind: 'members', names, ...(Object.fromEntries(columns) as object) };
    expect(Buffer.from(bytes).equals(canonicalBytes(whole))).toBe(true);
    expect(parseMembers(bytes)).toEqual(members);
    expect(parseMemberNames(bytes)).toEqual(names);
  });

  it('is refused with bytes that are no such record, and with columns that do not fit', () => {
    const text = Buffer.from(encodeMembers(someMembers(2), nameOf)).toString();
    const changed = (from: string, to: string) => (): unknown => {
      expect(text).toContain(from);
      return parseMembers(Buffer.from(text.replace(from, to)), 'blobs/x');
    };
    expect(changed('"kind":"members"', '"kind":"splits"')).toThrow(InvalidRecord);
    expect(changed('"schemaVersion":1', '"schemaVersion":2')).toThrow(/blobs\/x: expected a members record/);
    expect(changed('"labels":[0,1]', '"labels":[0,256]')).toThrow(/labels to be integers in 0 … 255, got 256/);
    expect(changed('"labels":[0,1]', '"labels":[0,1.5]')).toThrow(InvalidRecord);
    expect(changed('"labels":[0,1]', '"labels":[0,]')).toThrow(/labels in JSON/);
    expect(changed('"labels":[0,1]', '"labels":[0]')).toThrow(/columns of equal length, 2, got 1 labels/);
    expect(() => parseMembers(Buffer.from(text.slice(0, -1)))).toThrow(InvalidRecord);
    expect(() => parseMembers(Buffer.from(`${text} `))).toThrow(InvalidRecord);
    expect(() => parseMemberNames(Buffer.from(text.replace('"a/1.png"', '1')))).toThrow(/names that are texts/);
    expect(() => encodeMembers({ ...someMembers(2), labels: new Uint8Array(3) }, nameOf)).toThrow(InvalidRecord);
  });
});
