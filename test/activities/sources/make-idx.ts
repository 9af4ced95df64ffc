// IDX files made byte by byte, so that a test can make one that lies.

/** @param dimensions what the header says, true or not */
export function makeIdx(dimensions: readonly number[], body: Uint8Array, magic = 0x0800 + dimensions.length): Buffer {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(magic, 0);
  dimensions.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, body]);
}

/** Images of equal size as MNIST has them. */
export function makeIdxPair(
  samples: readonly { pixels: Uint8Array; label: number }[],
  side: number,
): { images: Buffer; labels: Buffer } {
  return {
    images: makeIdx([samples.length, side, side], Buffer.concat(samples.map(({ pixels }) => pixels))),
    labels: makeIdx(
      [samples.length],
      Uint8Array.from(samples, ({ label }) => label),
    ),
  };
}
