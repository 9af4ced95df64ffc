// Bytes that are added one after another: one buffer, twice as large when it is full, instead of an object each.

export interface ByteList {
  /** Bytes added so far. */
  readonly length: number;
  push(bytes: Uint8Array): void;
  /** Little-endian, without a sign. */
  pushNumber(value: number, byteCount: 1 | 2 | 4): void;
  /** All of them: a view that holds until the next call. */
  bytes(): Uint8Array;
  /** Begins anew in the same buffer. */
  clear(): void;
}

export function createByteList(): ByteList {
  let buffer = new Uint8Array(1024);
  let length = 0;
  const makeRoom = (count: number): void => {
    if (length + count <= buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * buffer.length, length + count));
    larger.set(buffer.subarray(0, length));
    buffer = larger;
  };
  return {
    get length() {
      return length;
    },
    push(bytes) {
      makeRoom(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    pushNumber(value, byteCount) {
      makeRoom(byteCount);
      for (let i = 0; i < byteCount; i++) buffer[length++] = value >>> (8 * i);
    },
    bytes: () => buffer.subarray(0, length),
    clear: () => void (length = 0),
  };
}
