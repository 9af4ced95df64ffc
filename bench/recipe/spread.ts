// Figures of several seeds as one: mean and sample deviation.

export interface Spread {
  mean: number;
  /** Of the sample; 0 for one figure. */
  deviation: number;
}

/** Figures that are not known (NaN) don't count; none known give NaN. */
export function spreadOf(figures: readonly number[]): Spread {
  const known = figures.filter((figure) => !Number.isNaN(figure));
  const mean = known.reduce((sum, figure) => sum + figure, 0) / known.length;
  const square = known.reduce((sum, figure) => sum + (figure - mean) ** 2, 0);
  return { mean, deviation: known.length > 1 ? Math.sqrt(square / (known.length - 1)) : 0 };
}
