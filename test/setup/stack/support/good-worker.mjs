// A worker of the shape the supervisor expects: says when it is ready, ends on SIGTERM and when its channel closes.
// Before it ends it writes its name, and whether Temporal still listened, into ORDER_FILE.

import { appendFileSync } from 'node:fs';
import { createConnection } from 'node:net';

const { WORKER_NAME, ORDER_FILE, ANNOUNCE, CODE_NOTE, STUBBORN, TEMPORAL_ADDRESS } = process.env;

process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => {
  if (STUBBORN) return;
  const [host, port] = TEMPORAL_ADDRESS.split(':');
  const end = (state) => {
    if (ORDER_FILE) appendFileSync(ORDER_FILE, `${WORKER_NAME} ${state}\n`);
    process.exit(0);
  };
  createConnection({ host, port: Number(port) })
    .once('connect', () => end('temporal-up'))
    .once('error', () => end('temporal-down'));
});
setInterval(() => undefined, 60_000);
console.log(JSON.stringify({ level: 30, msg: 'worker is ready' }));
process.send({
  ready: true,
  code: 'v1',
  ...(CODE_NOTE && { codeNote: CODE_NOTE }),
  ...(ANNOUNCE && { endpoints: JSON.parse(ANNOUNCE) }),
});
