// Uncompressed video (.y4m, and what ffmpeg is asked to write): the luminance of each frame, which comes first.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import { createByteReader } from './byte-reader.ts';
import { UnreadableSource } from './source.ts';

const MAX_SIDE = 8_192;

/** Colour space → bytes of colour for each byte of luminance, by frame sides. */
const COLOUR_BYTES: [RegExp, (width: number, height: number) => number][] = [
  [/^mono$/, () => 0],
  [/^420(jpeg|mpeg2|paldv)?$/, (width, height) => 2 * Math.ceil(width / 2) * Math.ceil(height / 2)],
  [/^422$/, (width, height) => 2 * Math.ceil(width / 2) * height],
  [/^444$/, (width, height) => 2 * width * height],
  [/^444alpha$/, (width, height) => 3 * width * height],
  [/^411$/, (width, height) => 2 * Math.ceil(width / 4) * height],
];

interface Layout {
  width: number;
  height: number;
  colourBytes: number;
}

/**
 * The frames as gray images, one at a time.
 * @param name for errors
 * @throws UnreadableSource naming what was expected; a video that is cut short gives its whole frames first
 */
export async function* readY4m(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<GrayImage> {
  const reader = createByteReader(chunks);
  const header = await reader.line();
  if (header === undefined || !header.startsWith('YUV4MPEG2'))
    throw new UnreadableSource(`${name}: expected a .y4m video (YUV4MPEG2 …), got ${quoted(header)}`);
  const { width, height, colourBytes } = layoutOf(header, name);
  for (let frame = 0; ; frame++) {
    const line = await reader.line();
    if (line === undefined) return;
    if (!line.startsWith('FRAME'))
      throw new UnreadableSource(`${name}: expected frame ${frame} to begin with FRAME, got ${quoted(line)}`);
    const pixels = await reader.take(width * height); // [height, width] uint8
    const colours = await reader.take(colourBytes);
    if (pixels === undefined || colours === undefined)
      throw new UnreadableSource(`${name}: expected ${width}×${height} pixels in frame ${frame}, got a cut-off file`);
    yield { pixels, width, height };
  }
}

function layoutOf(header: string, name: string): Layout {
  const words = header.split(' ').slice(1);
  const value = (letter: string): string | undefined => words.find((word) => word.startsWith(letter))?.slice(1);
  const width = Number(value('W'));
  const height = Number(value('H'));
  const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= MAX_SIDE;
  if (!isSide(width) || !isSide(height))
    throw new UnreadableSource(`${name}: expected sides of 1 … ${MAX_SIDE} pixels, got ${quoted(header)}`);
  const colours = value('C') ?? '420';
  const known = COLOUR_BYTES.find(([pattern]) => pattern.test(colours));
  if (known === undefined)
    throw new UnreadableSource(`${name}: expected 8 bits in 420, 422, 444, 411 or mono, got ${quoted(colours)}`);
  return { width, height, colourBytes: known[1](width, height) };
}

const quoted = (text: string | undefined): string =>
  text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 80));
