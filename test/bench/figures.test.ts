import { describe, expect, test } from 'vitest';
import { spreadOf } from '../../bench/recipe/spread.ts';
import { table } from '../../bench/table.ts';

describe('spreadOf', () => {
  test('gives the mean and the deviation of the sample', () => {
    expect(spreadOf([1, 2, 3])).toEqual({ mean: 2, deviation: 1 });
  });

  test('one figure deviates from nothing, and unknown ones do not count', () => {
    expect(spreadOf([0.5, Number.NaN])).toEqual({ mean: 0.5, deviation: 0 });
  });

  test('none known give NaN', () => {
    expect(spreadOf([Number.NaN]).mean).toBeNaN();
  });
});

test('a table puts the first column to the left and figures to the right', () => {
  expect(table(['what', 'ms'], [['a long name', '1.5']])).toBe('what          ms\na long name  1.5');
});
