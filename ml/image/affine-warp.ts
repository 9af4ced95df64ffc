/** Where destination pixel (x, y) lies in the source: (xx·x + xy·y + x0, yx·x + yy·y + y0), pixel centres at integers. */
export interface Affine {
  xx: number;
  xy: number;
  x0: number;
  yx: number;
  yy: number;
  y0: number;
}

const FRACTION_BITS = 16;
const toFixed = (value: number): number => Math.floor(value * 65536 + 0.5);

/**
 * Samples a square picture bilinearly under an affine map; outside, the nearest border pixel goes on (SciPy's mode
 * `nearest`). Within one level of `scipy.ndimage.affine_transform(order=1)`.
 * @param source [side, side]
 * @param out written at `offset`, side² bytes
 * @param side 2 … 64; coordinates must stay below ±16,000
 */
export function affineWarp(source: Uint8Array, side: number, map: Affine, out: Uint8Array, offset: number): void {
  const last = (side - 1) << FRACTION_BITS;
  const stepX = toFixed(map.xx);
  const stepY = toFixed(map.yx);
  let to = offset;
  for (let row = 0; row < side; row++) {
    let x = toFixed(map.xy * row + map.x0);
    let y = toFixed(map.yy * row + map.y0);
    for (let end = to + side; to < end; to++) {
      // At the last pixel the sampled pair is (last − 1, last) with all weight on the second: nothing beyond is read.
      const u = x < 0 ? 0 : x >= last ? last - 1 : x;
      const v = y < 0 ? 0 : y >= last ? last - 1 : y;
      const i = (v >> FRACTION_BITS) * side + (u >> FRACTION_BITS);
      const weightX = (((u >> 7) & 511) + 1) >> 1;
      const weightY = (((v >> 7) & 511) + 1) >> 1;
      const upper = (source[i]! << 8) + Math.imul(source[i + 1]! - source[i]!, weightX);
      const lower = (source[i + side]! << 8) + Math.imul(source[i + side + 1]! - source[i + side]!, weightX);
      out[to] = ((upper << 8) + Math.imul(lower - upper, weightY) + 32768) >> 16;
      x += stepX;
      y += stepY;
    }
  }
}
