// A frame as it came → gray bytes with the sides it had. Runs in a reader thread.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import { JPEG_MAX_SIDE } from '../protocol.ts';
import type { EncodedFrame } from '../serving.ts';

export interface DecodedFrame {
  image: GrayImage;
  /** Sides of the frame as sent: a picture may have been shrunk. */
  size: { width: number; height: number };
}

/** @throws UnreadableImage */
export async function decodeFrame(frame: EncodedFrame): Promise<DecodedFrame> {
  if (frame.kind === 'gray8') {
    const { bytes: pixels, width, height } = frame;
    return { image: { pixels, width, height }, size: { width, height } };
  }
  // Loaded by the first frame that needs it: a camera that sends gray never does.
  const { decodeJpeg, decodePicture } = await import('../decode-image.ts');
  if (frame.kind === 'picture') return decodePicture(frame.bytes);
  const image = await decodeJpeg(frame.bytes, JPEG_MAX_SIDE);
  return { image, size: { width: image.width, height: image.height } };
}
