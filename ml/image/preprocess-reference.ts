import { createEqualizer } from './equalize.ts';
import { resizeBilinearInto } from './resize.ts';

const SIDE = 32;

/**
 * A preprocessor that does what the reference script does: resize to 32×32 as `cv2.resize`, then `equalizeHist`.
 * Polarity stays as it is. Writes 1,024 bytes to `out` at `offset`; a picture of one level gives zeros.
 */
export function createReferencePreprocessor() {
  const small = new Uint8Array(SIDE * SIDE);
  const equalize = createEqualizer(small);
  return (gray: Uint8Array, width: number, height: number, out: Uint8Array, offset: number): void => {
    resizeBilinearInto({ pixels: gray, width, height }, SIDE, SIDE, small);
    if (!equalize()) small.fill(0);
    out.set(small, offset);
  };
}
