// Memory of what was read, given back at once: megabytes that would wait for a collector which sees a small heap.

import { MessageChannel } from 'node:worker_threads';

/** Nobody listens: what is handed over to this port is freed. */
const nowhere = new MessageChannel().port1;
nowhere.close();

/**
 * Bytes that are used no more, nor anything that was decoded from them; they are empty afterwards.
 * Those that share their buffer with others are left to the collector.
 */
export function letGo(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const isAll = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  if (isAll && bytes.byteLength > 0) nowhere.postMessage(undefined, [buffer]);
}
