import { channelsOf } from './png-chunks.ts';
import type { PngFile } from './png-chunks.ts';
import { InvalidPng } from './png-error.ts';

/** Reads one row of unfiltered samples as gray bytes; `to` and `step` place them (interlaced rows have gaps). */
export type GrayReader = (
  data: Uint8Array,
  from: number,
  count: number,
  out: Uint8Array,
  to: number,
  step: number,
) => void;

/** What shows through transparent pixels: most digits with an alpha channel are dark ink on nothing. */
const PAPER = 255;

/** Gray of a colour, weights of ITU-R BT.601 in 14 bits, as OpenCV rounds them. */
const luma = (red: number, green: number, blue: number): number =>
  (red * 4899 + green * 9617 + blue * 1868 + 8192) >> 14;

const over = (gray: number, alpha: number): number => Math.floor((gray * alpha + PAPER * (255 - alpha)) / 255 + 0.5);

/** Whether the unfiltered bytes are the gray picture: by far the most of digit size are so. */
export const isPlainGray = ({ header, transparency }: PngFile): boolean =>
  header.colourType === 0 && header.bitDepth === 8 && !header.interlaced && transparency.length < 2;

/** The reader for a file's format. @throws InvalidPng for a missing or broken palette */
export function grayReader(file: PngFile): GrayReader {
  const { bitDepth, colourType } = file.header;
  if (colourType === 3 || (colourType === 0 && bitDepth <= 8)) {
    if (colourType === 0 && bitDepth === 8 && file.transparency.length < 2) return readBytes;
    const table = colourType === 3 ? paletteTable(file) : grayTable(bitDepth, file.transparency);
    return bitDepth === 8 ? readIndexedBytes(table) : readIndexedBits(table, bitDepth);
  }
  return readWhole(file);
}

/** Gray of each stored value. */
function grayTable(bitDepth: number, transparency: Uint8Array): Uint8Array {
  const most = (1 << bitDepth) - 1;
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value++) table[value] = Math.floor((Math.min(value, most) * 255) / most);
  if (transparency.length >= 2) table[((transparency[0]! << 8) | transparency[1]!) & most] = PAPER;
  return table;
}

function paletteTable({ palette, transparency }: PngFile): Uint8Array {
  if (palette.length === 0 || palette.length % 3 !== 0 || palette.length > 768)
    throw new InvalidPng(`png: expected a palette of 1 to 256 colours, got ${palette.length} bytes`);
  const table = new Uint8Array(256); // an index beyond the palette is black, as libpng has it
  for (let index = 0; index < palette.length / 3; index++) {
    const gray = luma(palette[3 * index]!, palette[3 * index + 1]!, palette[3 * index + 2]!);
    table[index] = over(gray, transparency[index] ?? 255);
  }
  return table;
}

/** Gray of 8 bits, interlaced. */
const readBytes: GrayReader = (data, from, count, out, to, step) => {
  for (let i = 0; i < count; i++) out[to + i * step] = data[from + i]!;
};

const readIndexedBytes =
  (table: Uint8Array): GrayReader =>
  (data, from, count, out, to, step) => {
    for (let i = 0; i < count; i++) out[to + i * step] = table[data[from + i]!]!;
  };

const readIndexedBits =
  (table: Uint8Array, bitDepth: number): GrayReader =>
  (data, from, count, out, to, step) => {
    const mask = (1 << bitDepth) - 1;
    for (let i = 0; i < count; i++) {
      const bit = i * bitDepth;
      out[to + i * step] = table[(data[from + (bit >> 3)]! >> (8 - bitDepth - (bit & 7))) & mask]!;
    }
  };

/** Colour, alpha or 16-bit samples. */
function readWhole({ header, transparency }: PngFile): GrayReader {
  const channels = channelsOf[header.colourType];
  const wide = header.bitDepth === 16;
  const size = wide ? 2 : 1;
  const hasColour = channels >= 3;
  const hasAlpha = channels % 2 === 0;
  const key = transparency.length >= (hasColour ? 6 : 2) && !hasAlpha ? transparency : undefined;
  return (data, from, count, out, to, step) => {
    const at = (position: number): number =>
      wide ? Math.floor((data[position]! * 256 + data[position + 1]!) / 257 + 0.5) : data[position]!;
    for (let i = 0; i < count; i++) {
      const pixel = from + i * channels * size;
      const gray = hasColour ? luma(at(pixel), at(pixel + size), at(pixel + 2 * size)) : at(pixel);
      let alpha = hasAlpha ? at(pixel + (channels - 1) * size) : 255;
      if (key !== undefined && isKey(data, pixel, channels, size, key)) alpha = 0;
      out[to + i * step] = alpha === 255 ? gray : over(gray, alpha);
    }
  };
}

/** Whether a pixel has exactly the colour that tRNS names as transparent (two bytes a channel). */
function isKey(data: Uint8Array, pixel: number, channels: number, size: number, key: Uint8Array): boolean {
  for (let channel = 0; channel < channels; channel++) {
    const wanted = (key[2 * channel]! << 8) | key[2 * channel + 1]!;
    const position = pixel + channel * size;
    const got = size === 2 ? (data[position]! << 8) | data[position + 1]! : data[position]!;
    if (got !== wanted) return false;
  }
  return true;
}
