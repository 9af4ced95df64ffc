// From anything a canvas can draw to what travels: at most 320×240 gray bytes, or a JPEG.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import { GRAY_MAX, JPEG_MAX_BYTES, JPEG_MAX_SIDE, type WirePicture } from '../session/wire.ts';
import { shrinkInto, type Size } from './fit.ts';
import { toGray } from './gray.ts';

const PHOTO_MAX = { width: JPEG_MAX_SIDE, height: JPEG_MAX_SIDE };

export interface Shown {
  source: CanvasImageSource;
  size: Size;
}

export interface PictureMaker {
  gray(shown: Shown): GrayImage;
  /** Gray as large as `photo` is. */
  grayPhoto(shown: Shown): GrayImage;
  /** Of the same size as `gray` gives, for a slow line. */
  smallJpeg(shown: Shown): Promise<WirePicture>;
  /** A whole photograph, as large as a session takes. */
  photo(shown: Shown): Promise<WirePicture>;
}

/** One canvas each, used over and over: a new one a frame is garbage 30 times a second. */
export function createPictureMaker(): PictureMaker {
  const grayPaper = createPaper({ willReadFrequently: true });
  const jpegPaper = createPaper({});
  const grayOf = (shown: Shown, most: Size): GrayImage => {
    const size = shrinkInto(shown.size, most);
    const { data } = grayPaper(shown.source, size).getImageData(0, 0, size.width, size.height);
    return { pixels: toGray(data), ...size };
  };
  return {
    gray: (shown) => grayOf(shown, GRAY_MAX),
    grayPhoto: (shown) => grayOf(shown, PHOTO_MAX),
    async smallJpeg(shown) {
      const size = shrinkInto(shown.size, GRAY_MAX);
      return { kind: 'jpeg', bytes: await encode(jpegPaper(shown.source, size).canvas, 0.75), ...size };
    },
    async photo(shown) {
      const size = shrinkInto(shown.size, PHOTO_MAX);
      const { canvas } = jpegPaper(shown.source, size);
      for (const quality of [0.92, 0.8, 0.6]) {
        const bytes = await encode(canvas, quality);
        if (bytes.length <= JPEG_MAX_BYTES) return { kind: 'jpeg', bytes, ...size };
      }
      // Noise all over. Half the sides are still twice what a frame of a camera has.
      const half = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
      return { kind: 'jpeg', bytes: await encode(jpegPaper(shown.source, half).canvas, 0.75), ...half };
    },
  };
}

function createPaper(
  settings: CanvasRenderingContext2DSettings,
): (source: CanvasImageSource, size: Size) => OffscreenCanvasRenderingContext2D {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { alpha: false, ...settings })!;
  return (source, { width, height }) => {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.imageSmoothingQuality = 'medium'; // setting the size resets it; 'low' aliases thin strokes
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height); // under what is transparent
    context.drawImage(source, 0, 0, width, height);
    return context;
  };
}

async function encode(canvas: OffscreenCanvas, quality: number): Promise<Uint8Array> {
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return new Uint8Array(await blob.arrayBuffer());
}
