// What picture bytes are, by their own first bytes: no client's word is trusted, and a decompression bomb is refused before
// any of it is unpacked.

import { MOST_PIXELS } from '../picture-cost.ts';
import { HttpProblem } from './problem.ts';

export interface PictureHeader {
  type: 'png' | 'jpeg' | 'webp';
  width: number;
  height: number;
}

/** @throws HttpProblem unsupported for anything but PNG, JPEG and WebP; too-large for too many pixels; bad-image */
export function checkPicture(bytes: Buffer): PictureHeader {
  if (bytes.length === 0) throw new HttpProblem('bad-image', 'expected a picture, got no bytes');
  const read = READERS.find(({ fits }) => fits(bytes))?.read;
  if (read === undefined)
    throw new HttpProblem('unsupported', 'expected a picture in PNG, JPEG or WebP, got other bytes');
  const header = read(bytes);
  if (header === undefined || header.width === 0 || header.height === 0)
    throw new HttpProblem('bad-image', 'expected a whole picture, got one whose header is cut short or damaged');
  if (header.width * header.height > MOST_PIXELS)
    throw new HttpProblem('too-large', `expected at most ${MOST_PIXELS} pixels, got ${header.width}×${header.height}`);
  return header;
}

const text = (bytes: Buffer, from: number, to: number): string => bytes.toString('latin1', from, to);

interface HeaderReader {
  fits: (bytes: Buffer) => boolean;
  read: (bytes: Buffer) => PictureHeader | undefined;
}

const READERS: HeaderReader[] = [
  { fits: (bytes) => text(bytes, 0, 8) === '\x89PNG\r\n\x1a\n', read: readPng },
  { fits: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff, read: readJpeg },
  { fits: (bytes) => text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 12) === 'WEBP', read: readWebp },
];

function readPng(bytes: Buffer): PictureHeader | undefined {
  if (bytes.length < 24 || text(bytes, 12, 16) !== 'IHDR') return undefined;
  return { type: 'png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Start-of-frame markers; C4, C8 and CC lie among them and are something else. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function readJpeg(bytes: Buffer): PictureHeader | undefined {
  for (let at = 2; at + 9 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff)
      at++; // a filler
    else if (isStartOfFrame(marker))
      return { type: 'jpeg', height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    else if (marker === 0xd9 || marker === 0xda)
      return undefined; // the picture's data, and no frame before it
    else at += 2 + Math.max(2, bytes.readUInt16BE(at + 2));
  }
  return undefined;
}

function readWebp(bytes: Buffer): PictureHeader | undefined {
  if (bytes.length < 30) return undefined;
  switch (text(bytes, 12, 16)) {
    case 'VP8 ':
      return { type: 'webp', width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21); // 14 bits each, less one
      return { type: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { type: 'webp', width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}
