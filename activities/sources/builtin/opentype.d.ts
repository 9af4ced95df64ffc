// The part of opentype.js 2 that is used here; the package brings no types.
declare module 'opentype.js' {
  import type { PathCommand } from '../../../ml/raster/outline.ts';

  export interface Glyph {
    /** 0 is .notdef. */
    index: number;
    getPath(x: number, y: number, fontSize: number): { commands: PathCommand[] };
  }

  export interface Font {
    charToGlyph(character: string): Glyph;
  }

  const opentype: {
    /** Reads TrueType, OpenType and WOFF. @throws Error for anything else */
    parse: (buffer: ArrayBuffer) => Font;
  };
  // oxlint-disable-next-line import/no-default-export -- it is a CommonJS module
  export default opentype;
}
