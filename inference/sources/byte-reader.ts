// Reads a stream of chunks by lines and lengths.

/** Longest header line: what comes without a line end is no header. */
const MAX_LINE_BYTES = 4_096;

export interface ByteReader {
  /** The next line without its end; undefined at the end of the stream, or when no line ends within 4 KB. */
  line(): Promise<string | undefined>;
  /** Exactly so many bytes, in a buffer of their own; undefined when the stream ends before. */
  take(length: number): Promise<Uint8Array | undefined>;
}

export function createByteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  const more = async (): Promise<boolean> => {
    const { value, done } = await iterator.next();
    if (done === true) return false;
    held.push(value);
    heldBytes += value.byteLength;
    return true;
  };
  const holds = (length: number): boolean => heldBytes >= length;
  const joined = (): Uint8Array => {
    if (held.length !== 1) held = [Buffer.concat(held)];
    return held[0]!;
  };
  const skip = (bytes: Uint8Array, length: number): void => {
    held = [bytes.subarray(length)];
    heldBytes -= length;
  };

  return {
    async line() {
      for (;;) {
        const bytes = joined();
        const end = bytes.indexOf(0x0a);
        if (end >= 0 && end <= MAX_LINE_BYTES) {
          skip(bytes, end + 1);
          return Buffer.from(bytes.subarray(0, end)).toString('latin1').replace(/\r$/, '');
        }
        if (bytes.byteLength > MAX_LINE_BYTES || !(await more())) return undefined;
      }
    },
    async take(length) {
      while (!holds(length)) if (!(await more())) return undefined;
      const bytes = joined();
      const taken = Uint8Array.from(bytes.subarray(0, length));
      skip(bytes, length);
      return taken;
    },
  };
}
