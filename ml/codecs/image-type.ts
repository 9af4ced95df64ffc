// Which kind of image file some bytes are. Names and content types lie; first bytes are what a decoder goes by.

export type ImageType = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'bmp';

/** Undefined for everything else, be it an image: SVG, AVIF and their kin have decoders that nobody here asked for. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const starts = (...signature: number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  const text = (at: number, expected: string): boolean =>
    Array.from(expected).every((character, i) => bytes[at + i] === character.charCodeAt(0));
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'png';
  if (starts(0xff, 0xd8, 0xff)) return 'jpeg';
  if (text(0, 'GIF8')) return 'gif';
  if (text(0, 'RIFF') && text(8, 'WEBP')) return 'webp';
  if (text(0, 'II*\0') || text(0, 'MM\0*') || text(0, 'II+\0') || text(0, 'MM\0+')) return 'tiff';
  // Two letters are few: the reserved words behind them are zero in every BMP there is.
  if (text(0, 'BM') && text(6, '\0\0\0\0')) return 'bmp';
  return undefined;
}
