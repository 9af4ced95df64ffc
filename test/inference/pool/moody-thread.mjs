// Stands in for the reader thread where its end is what a test is about: it speaks the same messages, reads nothing, and
// does what the first byte of a frame says. 1: ends the process of the thread. 2: throws where nobody catches. 3: never
// answers. Anything else: answers.

import { parentPort, workerData } from 'node:worker_threads';

const SLOT_BYTES = 320 * 240;
const slots = new Uint8Array(workerData.slots);
const done = (id, value) => parentPort.postMessage({ kind: 'done', id, value });

parentPort.on('message', (message) => {
  if (message.kind === 'close') return parentPort.close();
  if (message.kind !== 'read') return done(message.id);
  const mood = slots[message.slot * SLOT_BYTES];
  if (mood === 1) process.exit(3);
  if (mood === 2) throw new Error('the test wants it');
  if (mood === 3) for (;;);
  const reading = { decision: 'none', digits: [], ms: { locate: 0, infer: 0 } };
  const beganMs = Number(process.hrtime.bigint()) / 1e6;
  done(message.id, { reading, width: message.width, height: message.height, beganMs, decodeMs: 0 });
});
parentPort.postMessage({ kind: 'ready' });
