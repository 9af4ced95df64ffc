// How sure is sure enough in a frame, where most of what may be a digit is none: a model's own threshold is chosen on
// pictures of which three in four hold one. Where the curves cross is in docs/performance.md (`npm run bench:scenes`).

const LEAST_IN_FRAMES = 0.75;

/** Where a digit is unlikely an error has to be eight times rarer: letters, small or blurred, and cables look like digits. */
const LEAST_WHERE_DOUBTFUL = 0.97;

/** The least probability of a digit found in a frame, 0–1, where no one asked for another. */
export const findThreshold = (modelThreshold: number): number => Math.max(modelThreshold, LEAST_IN_FRAMES);

/** The same for one that stands among letters or is drawn as thin as a cable. */
export const doubtfulThreshold = (modelThreshold: number): number => Math.max(modelThreshold, LEAST_WHERE_DOUBTFUL);
