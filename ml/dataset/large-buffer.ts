// Memory for megabytes that come a few at a time: grows without being copied, and is given back at once. What an ordinary
// array lets go waits for the collector, which has no hurry while the heap is small.

const STEP_BYTES = 1024 * 1024;

export interface LargeBuffer {
  /** All bytes, at least so many, as they were; new ones are zero. A view that holds until `giveBack`. */
  atLeast(sizeBytes: number): Uint8Array;
  /** Begins anew with no memory, whether it is still here or was handed over to another thread. */
  giveBack(): void;
}

/** @param maxBytes reserved in the address space, without costing memory @default 16 MiB: more than any blob of packed inputs or masters */
export function createLargeBuffer(maxBytes = 16 * 1024 * 1024): LargeBuffer {
  const reserve = (): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(0, { maxByteLength: maxBytes }));
  let bytes = reserve(); // as long as its buffer is
  return {
    /** @throws RangeError beyond `maxBytes` */
    atLeast(sizeBytes) {
      const { buffer } = bytes;
      if (sizeBytes > buffer.byteLength) {
        const steps = Math.ceil(sizeBytes / STEP_BYTES) * STEP_BYTES;
        buffer.resize(Math.max(sizeBytes, Math.min(steps, maxBytes)));
      }
      return bytes;
    },
    giveBack() {
      const wasHandedOver = bytes.buffer.maxByteLength === 0;
      if (wasHandedOver) bytes = reserve();
      else bytes.buffer.resize(0);
    },
  };
}
