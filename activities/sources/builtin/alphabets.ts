// From the font files of one typeface to its digits and letters in four styles, the missing ones made.

// oxlint-disable-next-line import/default -- Node takes its CommonJS file, the linter looks at the other one
import opentype from 'opentype.js';
import type { Alphabet } from '../../../ml/negatives/alphabet.ts';
import { looksLike, shapeOf } from '../../../ml/negatives/shape.ts';
import { embolden } from '../../../ml/raster/embolden.ts';
import { inkOf, type Ink } from '../../../ml/raster/ink.ts';
import { flattenPath } from '../../../ml/raster/outline.ts';
import type { FontStyle } from './typeface-list.ts';

/** Glyphs are drawn at this many pixels an em, twice what a network input shows of them. */
const FONT_SIZE = 100;

/** How far a made-up italic leans: the tangent of 14°. */
const ITALIC_SHEAR = 0.25;

export type StyleName = 'regular' | 'bold' | 'italic' | 'bold-italic';

export interface TypefaceStyle {
  style: StyleName;
  /** False where the style is the typeface's own. */
  made: boolean;
  /** [10] Undefined where a made-up bold would close a hole. */
  digits: (Ink | undefined)[];
  alphabet: Alphabet;
}

type Draw = (character: string) => Ink | undefined;

/** Thrown when a typeface lacks a digit. */
export class DigitMissing extends Error {
  override readonly name = 'DigitMissing';
  readonly code = 'DigitMissing';
}

/**
 * The four styles of a typeface. Deterministic: outlines are arithmetic, the fill is exact.
 * @param files WOFF, OTF or TTF bytes of the styles it has; at least one
 * @throws DigitMissing; Error for bytes that are no font
 */
export function drawTypeface(family: string, files: ReadonlyMap<FontStyle, Uint8Array>): TypefaceStyle[] {
  // oxlint-disable-next-line import/no-named-as-default-member -- as above
  const { parse } = opentype;
  const fonts = new Map([...files].map(([style, bytes]) => [style, parse(ownBuffer(bytes))] as const));
  const draw = (style: FontStyle, shear = 0): Draw | undefined => {
    const font = fonts.get(style);
    if (font === undefined) return undefined;
    return (character) => {
      const glyph = font.charToGlyph(character);
      if (glyph.index === 0) return undefined;
      return inkOf(flattenPath(glyph.getPath(0, 0, FONT_SIZE).commands, shear));
    };
  };
  const heavier =
    (drawLight: Draw): Draw =>
    (character) => {
      const ink = drawLight(character);
      return ink && embolden(ink);
    };
  const base = fonts.has('400-normal') ? '400-normal' : [...fonts.keys()][0]!;
  const regular = draw(base)!;
  const ownBold = base === '700-normal' ? undefined : draw('700-normal');
  const ownItalic = draw('400-italic');
  const ownBoldItalic = draw('700-italic');
  const italic = ownItalic ?? draw(base, ITALIC_SHEAR)!;
  const boldItalic = ownBoldItalic ?? (ownBold && draw('700-normal', ITALIC_SHEAR)) ?? heavier(italic);
  return [
    drawStyle(family, 'regular', false, regular, regular),
    drawStyle(family, 'bold', ownBold === undefined, ownBold ?? heavier(regular), regular),
    drawStyle(family, 'italic', ownItalic === undefined, italic, italic),
    drawStyle(family, 'bold-italic', ownBoldItalic === undefined, boldItalic, italic),
  ];
}

function drawStyle(family: string, style: StyleName, made: boolean, draw: Draw, drawLight: Draw): TypefaceStyle {
  const digits = Array.from({ length: 10 }, (_, digit) => draw(String(digit)));
  const all = digits.map((ink, digit) => {
    const drawn = ink ?? drawLight(String(digit));
    if (drawn === undefined)
      throw new DigitMissing(`${family}: expected outlines of all ten digits, got none of ${digit}`);
    return drawn;
  });
  const shapes = all.map(shapeOf);
  const isDigit = (ink: Ink): boolean => {
    const shape = shapeOf(ink);
    return shapes.some((digit) => looksLike(shape, digit));
  };
  const capitalD = drawLight('D');
  const known = new Map<string, Ink | undefined>();
  const letter = (character: string): Ink | undefined => {
    if (known.has(character)) return known.get(character);
    let ink = draw(character) ?? drawLight(character);
    // In typefaces of capitals a `d` is a D, and a D is a fair zero.
    if (character === 'd' && ink && capitalD && looksLike(shapeOf(drawLight('d') ?? ink), shapeOf(capitalD)))
      ink = undefined;
    if (ink !== undefined && isDigit(ink)) ink = undefined;
    known.set(character, ink);
    return ink;
  };
  return { style, made, digits, alphabet: { digits: all, letter } };
}

/** opentype.js wants a whole ArrayBuffer, and a Buffer may be a view into a larger one. */
const ownBuffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
