// What a picture would cost to decode, told from its header. A file of 70 KB can ask for a gigabyte: such a one is refused
// before anything is unpacked.

import type { Metadata } from 'sharp';
import { UnreadableImage } from './unreadable-image.ts';

/** Cameras make 50 million pixels. */
export const MOST_PIXELS = 52_000_000;

/**
 * What a decoder may have to hold at once. A progressive JPEG of 50 million pixels fits; of 9,990 × 9,990 pixels a GIF
 * took 446 MB, a progressive JPEG 576 MB and an interlaced PNG with 16 bits 843 MB.
 */
const MOST_BYTES_AT_ONCE = 160 * 1024 * 1024;

type Facts = Pick<
  Metadata,
  'format' | 'width' | 'height' | 'channels' | 'depth' | 'isProgressive' | 'chromaSubsampling'
> & {
  pages?: number | undefined;
};

/**
 * @param about what sharp reads of a header
 * @throws UnreadableImage when decoding would take too much memory or time
 */
export function refuseCostlyPicture(about: Facts): void {
  const { width, height, format } = about;
  if (width * height > MOST_PIXELS)
    throw new UnreadableImage(`expected at most ${MOST_PIXELS} pixels, got ${width}×${height}`);
  const bytes = bytesAtOnce(about);
  if (bytes > MOST_BYTES_AT_ONCE)
    throw new UnreadableImage(
      `expected a picture that decodes in ${megabytes(MOST_BYTES_AT_ONCE)} of memory, got a ${format} of ${width}×${height} ` +
        `that needs ${megabytes(bytes)}; save it smaller, or not interlaced or progressive`,
    );
}

/** Bytes of what can't be decoded row by row; 0 for what can. */
function bytesAtOnce(about: Facts): number {
  const { format, width, height, channels, isProgressive, chromaSubsampling, pages = 1 } = about;
  const pixels = width * height;
  if (format === 'gif') return pixels * 4.5;
  if (format === 'webp') return pages > 1 ? pixels * 8 : 0; // an animation has a canvas of its own
  if (format === 'png') return isProgressive ? pixels * channels * sampleBytes(about) : 0;
  if (format !== 'jpeg') return pixels * channels * sampleBytes(about);
  // Two bytes a coefficient of every component, until the last scan has come.
  return isProgressive ? pixels * (chromaSubsampling === '4:2:0' ? 1.5 : channels) * 2 : 0;
}

const sampleBytes = ({ depth }: Facts): number => {
  if (depth === 'uchar' || depth === 'char') return 1;
  return depth === 'ushort' || depth === 'short' ? 2 : depth === 'double' || depth === 'complex' ? 8 : 4;
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
