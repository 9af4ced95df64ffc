// `npm run proofs` tries everything that the suite, for its time, tries a part of.

export const IS_PROOF = process.env['DIGITFLOW_PROOFS'] === 'whole';

/** How many of the whole number are tried: a fifth in the suite. */
export const share = (whole: number): number => (IS_PROOF ? whole : Math.ceil(whole / 5));
