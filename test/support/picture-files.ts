// One small file of every kind that the decoders take, and of their rarer ways.

import sharp, { type Sharp } from 'sharp';

export interface PictureFile {
  name: string;
  bytes: Buffer;
}

const WIDTH = 44;
const HEIGHT = 31;

/** @param channels 1 gray, 3 colour, 4 with transparency */
function picture(channels: 1 | 3 | 4): Sharp {
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => (i * 37 + (i >> 5) * 11) & 255);
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels } });
}

/** Two frames, one above the other. */
function animation(): Sharp {
  const pixels = Uint8Array.from({ length: 24 * 32 * 3 }, (_, i) => (i * 5) & 255);
  return sharp(pixels, { raw: { width: 24, height: 32, channels: 3, pageHeight: 16 } });
}

export async function pictureFiles(): Promise<PictureFile[]> {
  const kinds: Record<string, Sharp> = {
    'gray.png': picture(1).toColourspace('b-w').png(),
    'rgb.png': picture(3).png(),
    'rgba.png': picture(4).png(),
    'palette.png': picture(3).png({ palette: true, colours: 16 }),
    'interlaced.png': picture(4).png({ progressive: true }),
    '16-bit.png': picture(3).toColourspace('rgb16').png(),
    'gray.jpg': picture(1).toColourspace('b-w').jpeg(),
    'rgb.jpg': picture(3).jpeg(),
    'progressive.jpg': picture(3).jpeg({ progressive: true }),
    'cmyk.jpg': picture(3).toColourspace('cmyk').jpeg(),
    'turned.jpg': picture(3).withMetadata({ orientation: 6 }).jpeg(),
    'lossy.webp': picture(3).webp({ quality: 60 }),
    'lossless.webp': picture(4).webp({ lossless: true }),
    'animated.webp': animation().webp({ loop: 0 }),
    'still.gif': picture(3).gif(),
    'animated.gif': animation().gif(),
    'deflate.tif': picture(3).tiff({ compression: 'deflate' }),
    'lzw.tif': picture(1).tiff({ compression: 'lzw' }),
    'jpeg.tif': picture(3).tiff({ compression: 'jpeg' }),
    'tiles.tif': picture(4).tiff({ compression: 'none', tile: true, tileWidth: 16, tileHeight: 16 }),
  };
  return Promise.all(Object.entries(kinds).map(async ([name, made]) => ({ name, bytes: await made.toBuffer() })));
}
