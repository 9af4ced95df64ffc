// A worker for the test to kill: starts a trainer child, lets it block, prints the child's pid.

import { startTrainer } from '../../activities/trainer/start-trainer.ts';

const entry = process.argv[2]!;
const trainer = await startTrainer({ entry, signal: new AbortController().signal, log: () => {} });
void trainer.run('block', { ms: 10_000 }, () => console.log(trainer.pid));
