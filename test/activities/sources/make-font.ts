// A small typeface made in the test: seven-segment digits and a few letters, as an OpenType file.

// oxlint-disable-next-line import/default -- Node takes its CommonJS file, the linter looks at the other one
import opentype from 'opentype.js';

interface FontPath {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  curveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void;
  close(): void;
}
interface Maker {
  Path: new () => FontPath;
  Glyph: new (options: Record<string, unknown>) => object;
  Font: new (options: Record<string, unknown>) => { toArrayBuffer(): ArrayBuffer };
}
const { Path, Glyph, Font } = opentype as unknown as Maker;

const SEGMENTS = [0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f];

/** Rectangles of the seven segments: left, bottom, right, top in units of the em. */
const rectangles = (weight: number): [number, number, number, number][] => [
  [0, 700 - weight, 400, 700],
  [0, 350, weight, 700],
  [400 - weight, 350, 400, 700],
  [0, 350 - weight / 2, 400, 350 + weight / 2],
  [0, 0, weight, 350],
  [400 - weight, 0, 400, 350],
  [0, 0, 400, weight],
];

function digitPath(digit: number, weight: number): FontPath {
  const path = new Path();
  rectangles(weight).forEach(([left, bottom, right, top], i) => {
    if (((SEGMENTS[digit]! >> i) & 1) === 0) return;
    path.moveTo(left, bottom);
    path.lineTo(left, top);
    path.lineTo(right, top);
    path.lineTo(right, bottom);
    path.close();
  });
  return path;
}

/** A letter of its own for every character: a triangle with one round side. */
function letterPath(code: number): FontPath {
  const path = new Path();
  const width = 250 + (code % 40) * 8;
  path.moveTo(0, 0);
  path.curveTo(code * 2, 300, 100, 500, width / 3, 600 + (code % 7) * 10);
  path.lineTo(width, 0);
  path.close();
  return path;
}

export interface FontOptions {
  /** Thickness of the strokes in thousandths of the em. @default 70 */
  weight?: number;
  /** @default digits and all letters of negatives */
  characters?: string;
}

/** The bytes of the font. */
export function makeFont({ weight = 70, characters = '0123456789ACEFHKTXaehkx#&' }: FontOptions = {}): Uint8Array {
  const glyphs = Array.from(characters, (character) => {
    const code = character.charCodeAt(0);
    const isDigit = code >= 48 && code <= 57;
    return new Glyph({
      name: `glyph${code}`,
      unicode: code,
      advanceWidth: 450,
      path: isDigit ? digitPath(code - 48, weight) : letterPath(code + weight),
    });
  });
  const notdef = new Glyph({ name: '.notdef', unicode: 0, advanceWidth: 450, path: new Path() });
  const font = new Font({
    familyName: 'Test',
    styleName: 'Regular',
    unitsPerEm: 1000,
    ascender: 800,
    descender: -200,
    glyphs: [notdef, ...glyphs],
  });
  return new Uint8Array(font.toArrayBuffer());
}
