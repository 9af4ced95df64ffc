// What a parsed model.json has to be, piece by piece.

import { UnsupportedModel } from './errors.ts';

/** @throws UnsupportedModel */
export function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnsupportedModel(`${what}: expected an object, got ${shown(value)}`);
  return value as Record<string, unknown>;
}

/** @throws UnsupportedModel */
export function arrayOf(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new UnsupportedModel(`${what}: expected a list, got ${shown(value)}`);
  return value;
}

/** An integer of 1 … 65,536. @throws UnsupportedModel */
export function countOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65_536)
    throw new UnsupportedModel(`${what}: expected a whole number of 1 … 65,536, got ${shown(value)}`);
  return value;
}

/** @throws UnsupportedModel */
export function nameOf(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '')
    throw new UnsupportedModel(`${what}: expected a name, got ${shown(value)}`);
  return value;
}

/** Both are JSON values with their keys in one order. @throws UnsupportedModel */
export function expectEqual(got: unknown, expected: unknown, what: string): void {
  const [gotText, expectedText] = [JSON.stringify(got) ?? 'nothing', JSON.stringify(expected)];
  if (gotText !== expectedText)
    throw new UnsupportedModel(`${what}: expected ${short(expectedText)}, got ${short(gotText)}`);
}

const short = (text: string): string => (text.length <= 120 ? text : `${text.slice(0, 120)}…`);
const shown = (value: unknown): string => short(JSON.stringify(value) ?? 'nothing');
