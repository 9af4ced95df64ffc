// Changes of layout that turn the gradients of a convolution into convolutions.

/** [a, b, c] → [c, b, a]: of a batch of images, channels become images and images become channels. */
export function reverseSides(from: Float32Array, to: Float32Array, [a, b, c]: [number, number, number]): void {
  for (let j = 0; j < b; j++) {
    for (let k = 0; k < c; k++) {
      let at = j * c + k;
      const start = (k * b + j) * a;
      for (let i = 0; i < a; i++) {
        to[start + i] = from[at]!;
        at += b * c;
      }
    }
  }
}

/** [a, b, c] → [b, a, c] */
export function swapOuterSides(from: Float32Array, to: Float32Array, [a, b, c]: [number, number, number]): void {
  for (let j = 0; j < b; j++) {
    for (let i = 0; i < a; i++) {
      const start = (i * b + j) * c;
      to.set(from.subarray(start, start + c), (j * a + i) * c);
    }
  }
}
