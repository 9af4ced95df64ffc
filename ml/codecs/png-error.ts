/** Thrown when bytes are not a PNG file, are cut short, fail a checksum or break a rule of the format. */
export class InvalidPng extends Error {
  override readonly name = 'InvalidPng';
}

/** Thrown when a PNG declares more pixels than the caller allows; nothing has been decompressed then. */
export class PngTooLarge extends Error {
  override readonly name = 'PngTooLarge';
}
