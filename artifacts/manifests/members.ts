// Who is on one side of a split, in the order of its inputs or masters: columns of equal length. Canonical JSON that is
// written from flat arrays and read into them, a column at a time: a hundred thousand samples are five million bytes, and as
// objects several times that.

import { InvalidRecord } from './parse.ts';

export interface Members {
  /** [count] index in the dataset. */
  samples: Uint32Array;
  /** [count] index into the dataset's sources. */
  sources: Uint8Array;
  /** [count] class index. */
  labels: Uint8Array;
  /** [count] index into the dataset's groups, or 0xffffffff for none. */
  groups: Uint32Array;
}

/** What stands before each column, and at the end. */
const MARKS = [
  '{"groups":[',
  '],"kind":"members","labels":[',
  '],"names":[',
  '],"samples":[', // in no name: a quote in a text is escaped
  '],"schemaVersion":1,"sources":[',
  ']}',
] as const;

/** So many entries become text at a time. */
const STRETCH = 4_096;

/** Reserved in the address space: as much as an object of the store may have. */
const MAX_BYTES = 64 * 1024 * 1024;
const GROWTH_BYTES = 1024 * 1024;

/**
 * @param nameOf where each came from, by its place
 * @returns bytes in a resizable buffer of their own
 * @throws InvalidRecord for columns of different lengths and for more than 64 MiB
 */
export function encodeMembers(members: Members, nameOf: (place: number) => string): Uint8Array {
  const { samples, sources, labels, groups } = members;
  const count = samples.length;
  checkLengths('a record to be written', count, { sources, labels, groups });
  const buffer = new ArrayBuffer(0, { maxByteLength: MAX_BYTES });
  let length = 0;
  const append = (text: string): void => {
    const end = length + Buffer.byteLength(text);
    if (end > MAX_BYTES) fail('a record to be written', `at most ${MAX_BYTES} bytes`, `${end} or more`);
    if (end > buffer.byteLength) buffer.resize(Math.ceil(end / GROWTH_BYTES) * GROWTH_BYTES);
    length += Buffer.from(buffer, length).write(text);
  };
  const appendColumn = (textOf: (from: number, to: number) => string): void => {
    for (let from = 0; from < count; from += STRETCH) {
      append(`${from === 0 ? '' : ','}${textOf(from, Math.min(from + STRETCH, count))}`);
    }
  };
  const numbers =
    (column: Uint8Array | Uint32Array) =>
    (from: number, to: number): string =>
      column.subarray(from, to).join();
  const names = (from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => JSON.stringify(nameOf(from + i))).join();
  const columns = [numbers(groups), numbers(labels), names, numbers(samples), numbers(sources)];
  columns.forEach((column, i) => {
    append(MARKS[i]!);
    appendColumn(column);
  });
  append(MARKS.at(-1)!);
  return new Uint8Array(buffer, 0, length);
}

/** @throws InvalidRecord */
export function parseMembers(bytes: Uint8Array, key = 'members'): Members {
  const [groups, labels, , samples, sources] = columnsOf(bytes, key);
  const members = {
    samples: Uint32Array.from(numbersIn(samples!, 'samples', 0xffff_ffff, key)),
    sources: Uint8Array.from(numbersIn(sources!, 'sources', 0xff, key)),
    labels: Uint8Array.from(numbersIn(labels!, 'labels', 0xff, key)),
    groups: Uint32Array.from(numbersIn(groups!, 'groups', 0xffff_ffff, key)),
  };
  checkLengths(key, members.samples.length, members);
  return members;
}

/** [count] where each came from. @throws InvalidRecord */
export function parseMemberNames(bytes: Uint8Array, key = 'members'): string[] {
  const names = listIn(columnsOf(bytes, key)[2]!, 'names', key);
  const isText = (name: unknown): name is string => typeof name === 'string';
  return names.every(isText) ? names : fail(key, 'names that are texts', 'others');
}

/** The bytes of each column, without its brackets. */
function columnsOf(bytes: Uint8Array, key: string): Uint8Array[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const starts = MARKS.map((mark, i) => {
    const start = all.indexOf(mark, at);
    const isLast = i === MARKS.length - 1;
    const isThere = i === 0 ? start === 0 : start >= 0 && (!isLast || start + mark.length === all.length);
    if (!isThere) fail(key, mark, 'other bytes');
    at = start + mark.length;
    return { start, end: at };
  });
  return starts.slice(1).map(({ start }, i) => all.subarray(starts[i]!.end, start));
}

function listIn(column: Uint8Array, name: string, key: string): unknown[] {
  try {
    return JSON.parse(`[${new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(column)}]`) as unknown[];
  } catch (error) {
    return fail(key, `${name} in JSON`, error instanceof Error ? error.message : String(error));
  }
}

function numbersIn(column: Uint8Array, name: string, largest: number, key: string): number[] {
  const list = listIn(column, name, key);
  const isFitting = (each: unknown): each is number =>
    Number.isInteger(each) && Number(each) >= 0 && Number(each) <= largest;
  if (list.every(isFitting)) return list;
  return fail(key, `${name} to be integers in 0 … ${largest}`, JSON.stringify(list.find((each) => !isFitting(each))));
}

function checkLengths(key: string, count: number, columns: Record<string, ArrayLike<number>>): void {
  for (const [name, { length }] of Object.entries(columns)) {
    if (length !== count) fail(key, `columns of equal length, ${count}`, `${length} ${name}`);
  }
}

function fail(key: string, expected: string, got: string): never {
  throw new InvalidRecord({ key, expected: `a members record: ${expected}`, got });
}
