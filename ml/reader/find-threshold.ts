// How sure is sure enough in a frame, where most of what may be a digit is none: a model's own threshold is chosen on
// pictures of which three in four hold one.

/**
 * Where drawn frames without digits are claimed in at most 3 % and 95 % of the digits are still read: `npm run
 * bench:scenes`.
 */
const LEAST_IN_FRAMES = 0.8;

/** The least probability of a digit found in a frame, 0–1, where no one asked for another. */
export const findThreshold = (modelThreshold: number): number => Math.max(modelThreshold, LEAST_IN_FRAMES);
