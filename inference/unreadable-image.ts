/** Thrown when bytes are not a picture that can be read: empty, cut short, too large, or something else. */
export class UnreadableImage extends Error {
  override readonly name = 'UnreadableImage';
  readonly retryable = false;
}
