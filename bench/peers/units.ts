// Costs in seconds an item, as people read them.

export type Unit = 'seconds' | 'milliseconds' | 'perSecond';

const significant = (value: number): string => {
  const digits = Number(value.toPrecision(3));
  return digits >= 1_000 ? Math.round(digits).toLocaleString('en') : String(digits);
};

/** @param cost seconds an item */
export function shown(cost: number, unit: Unit): string {
  if (unit === 'perSecond') return `${significant(1 / cost)}/s`;
  if (unit === 'milliseconds') return `${significant(1_000 * cost)} ms`;
  return `${significant(cost)} s`;
}

export const times = (ratio: number): string => `${significant(ratio)} ×`;
