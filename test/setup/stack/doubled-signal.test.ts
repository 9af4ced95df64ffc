import { expect, it } from 'vitest';
import { createEchoFilter } from '../../../setup/stack/doubled-signal.ts';

it('takes a signal that follows within a second for an echo, a later one for a second', () => {
  let nowMs = 5_000;
  const isEcho = createEchoFilter(() => nowMs);
  expect(isEcho()).toBe(false);
  nowMs += 3;
  expect(isEcho()).toBe(true);
  nowMs += 1_500;
  expect(isEcho()).toBe(false);
});
