// How wide text is, without a font or a canvas: advance widths of one typeface, so that layouts are the same everywhere.

import typeface from './glyphs.json' with { type: 'json' };

/** A glyph: its advance width and its outline as SVG path data, y downwards, in 1/1000 of the font size. */
export type Glyph = readonly [advance: number, outline: string];

export const UNITS_PER_EM = typeface.unitsPerEm;

const glyphs = new Map(Object.entries(typeface.glyphs as unknown as Record<string, Glyph>));
// About the widest digit: right for most scripts that the table doesn't hold.
const UNKNOWN_ADVANCE = 600;

export const glyphOf = (character: string): Glyph | undefined => glyphs.get(character);

/** Width of one line in pixels. */
export function textWidth(text: string, fontSizePixels: number): number {
  let units = 0;
  for (const character of text) units += glyphs.get(character)?.[0] ?? UNKNOWN_ADVANCE;
  return (units * fontSizePixels) / UNITS_PER_EM;
}
