// Figures as people read them.

import Table from 'cli-table3';
import prettyBytes from 'pretty-bytes';
import prettyMs from 'pretty-ms';

/** e.g. 0.99312 → `99.31 %`. */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** e.g. 0.21 → `210ms`, 42.34 → `42.3s`, 754 → `12m 34s`. */
export const duration = (seconds: number): string =>
  seconds < 60
    ? prettyMs(seconds * 1000, { secondsDecimalDigits: 1, keepDecimalsOnWholeSeconds: true })
    : wholeSeconds(seconds);

/** Rounded up, e.g. 40.2 → `41s`: of a time that is left, tenths would only flicker. */
export const wholeSeconds = (seconds: number): string =>
  prettyMs(Math.ceil(seconds) * 1000, { secondsDecimalDigits: 0, unitCount: 2 });

export const size = (sizeBytes: number): string => prettyBytes(sizeBytes, { binary: true });

/** Three to four significant digits and thousands by comma, e.g. 6120.4 → `6,120`, 0.08261 → `0.0826`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** A difference that is hardly one, e.g. 0.00000131 → `1.3e-6`. */
export const tiny = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

/** Local time to the second, e.g. `2026-11-22 19:25:31`. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Columns with two blanks between them and no lines: easy to read, easy to cut. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = new Table({
    head: [...head],
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  plain.push(...rows.map((row) => [...row]));
  return plain
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Nested values as dotted keys, e.g. { a: { b: 1 } } → [['a.b', 1]]. Arrays and empty objects stay whole. */
export function flatten(value: unknown, path: string[] = []): [string, unknown][] {
  const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
  if (!nested) return path.length === 0 ? [] : [[path.join('.'), value]];
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, [...path, key]));
}
