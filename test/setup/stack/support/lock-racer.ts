// Tries the lock when told `go`, gives it back when told `release`, and says what came of it.

import { type ProcessLock, tryLock } from '../../../../setup/stack/process-lock.ts';

const [path = ''] = process.argv.slice(2);
let lock: ProcessLock | undefined;
process.on('message', (message) => {
  if (message === 'go') {
    const result = tryLock(path);
    lock = result.outcome === 'held' ? result.lock : undefined;
    process.send?.(result.outcome);
  } else {
    lock?.release();
    process.send?.('released');
  }
});
process.send?.('loaded');
