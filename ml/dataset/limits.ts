// The two limits of a dataset in words: one place says them for a run and for a dry run.

/** So many files are named, */
export const SHOWN = 3;
/** each by so many characters of its name. */
const SHOWN_CHARACTERS = 100;

/** Some of the files a limit is about, in words. */
export interface Shown {
  count: number;
  /** e.g. `3/a.png (not-an-image)`; at most `SHOWN`. */
  first: string[];
}

/** @returns what is wrong, when more files than allowed are no readable images */
export function rejectedBeyond({ count, first }: Shown, files: number, maxRatio: number): string | undefined {
  if (count <= files * maxRatio) return undefined;
  return (
    `expected at most ${percent(maxRatio)} of the files to be unreadable, got ${count} of ${files} ` +
    `(${percent(count / files)})${list({ count, first })}`
  );
}

/** @returns what is wrong, when more samples than allowed have the pixels of a sample of another class */
export function conflictsBeyond({ count, first }: Shown, samples: number, maxRatio: number): string | undefined {
  if (count <= samples * maxRatio) return undefined;
  return `expected at most ${percent(maxRatio)}, got ${conflictShare({ count, first }, samples)}`;
}

export const conflictShare = ({ count, first }: Shown, samples: number): string =>
  `${count} of ${samples} samples have the pixels of a sample of another class (${percent(count / samples)})` +
  list({ count, first });

/** One of the files for `rejectedBeyond`. */
export const rejectedShown = ({ name = '', reason = '' }: Record<string, string>): string =>
  `${short(name)} (${reason})`;

/** One of the pairs for `conflictsBeyond`. */
export const conflictShown = (
  { name = '', other = '' }: { name?: string; other?: string },
  [className, otherClassName]: readonly [string, string],
): string => `${short(name)} (${className}) is ${short(other)} (${otherClassName})`;

function list({ count, first }: Shown): string {
  if (first.length === 0) return '';
  const more = count - first.length;
  return `: ${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const short = (name: string): string => (name.length > SHOWN_CHARACTERS ? `…${name.slice(-SHOWN_CHARACTERS)}` : name);

const percent = (ratio: number): string => `${Math.round(ratio * 10_000) / 100} %`;
