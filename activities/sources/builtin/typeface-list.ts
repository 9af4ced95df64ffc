// The list of typefaces and what is fetched of each.

import list from '../typefaces.json' with { type: 'json' };
import type { PackagePin } from './npm-package.ts';

export type FontStyle = '400-normal' | '700-normal' | '400-italic' | '700-italic';

export interface Typeface {
  family: string;
  /** Held-out typefaces are for tests only: neither their digits nor their letters are ever trained on. */
  heldOut: boolean;
  pin: PackagePin;
  styles: FontStyle[];
}

/** 10,000 real handwritten digits. */
export const HANDWRITING: PackagePin = list.handwriting;

/** Training typefaces, most useful first, then the held-out ones. */
export const TYPEFACES: readonly Typeface[] = list.typefaces.map(({ family, tier, version, integrity, styles }) => ({
  family,
  heldOut: tier === 'held-out',
  pin: { name: `@fontsource/${family}`, version, integrity },
  styles: styles as FontStyle[],
}));

/** The first `count` training typefaces and every held-out one. */
export function chooseTypefaces(count: number): Typeface[] {
  let training = 0;
  return TYPEFACES.filter(({ heldOut }) => heldOut || training++ < count);
}

/** Where a style's outlines stand in the package. */
export const fontPath = (family: string, style: FontStyle): string => `files/${family}-latin-${style}.woff`;
