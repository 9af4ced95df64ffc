// The part of a page that a program writes: what stands between two comments.

const BEGIN = '<!-- bench:peers, written by npm run bench:peers -- --write -->';
const END = '<!-- /bench:peers -->';

/** Thrown when a page has no place for the part, or more than one. */
export class NoPlace extends Error {
  override readonly name = 'NoPlace';
}

/**
 * @returns the page with `part` between the markers; all else stays as it is
 * @throws NoPlace
 */
export function replacePart(page: string, part: string): string {
  const begins = page.split(BEGIN).length - 1;
  const ends = page.split(END).length - 1;
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  if (begins !== 1 || ends !== 1 || end < begin)
    throw new NoPlace(`expected '${BEGIN}' and, after it, '${END}' once each, got ${begins} and ${ends}`);
  return `${page.slice(0, begin)}\n\n${part.trim()}\n\n${page.slice(end)}`;
}
