// The entry of a thread that decodes: a batch of files comes, a batch of pictures goes, in this order, until it is ended.

import { parentPort } from 'node:worker_threads';
import { decodeAtOnce } from '../sources/decode.ts';
import { packDecoded, unpackBatch, type FileBatch } from './decode-messages.ts';

const port = parentPort!;

port.on('message', (batch: FileBatch) => {
  const decoded = packDecoded(unpackBatch(batch).map(decodeAtOnce));
  port.postMessage(decoded, [decoded.pixels.buffer]);
});
