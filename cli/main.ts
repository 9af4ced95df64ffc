// The entry: ties the command line to this process. What the verbs do stands in commands/.

import { EXIT, Interrupted } from './errors.ts';
import { runPager } from './pager/run-pager.ts';
import { runCli } from './program.ts';
import { createEchoFilter } from '../setup/stack/doubled-signal.ts';

const interruption = new AbortController();
const isEcho = createEchoFilter();
let isPaging = false;

/** The first signal asks the command to end in order; a second one does not wait for it. */
function interrupt(): void {
  if (isEcho()) return;
  if (interruption.signal.aborted) process.exit(EXIT.interrupted);
  interruption.abort(new Interrupted());
}
process.on('SIGINT', () => {
  if (!isPaging) interrupt(); // in a pager Ctrl-C is the pager's
});
process.on('SIGTERM', interrupt);
process.on('SIGHUP', interrupt);

// A reader that closes early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  folder: process.cwd(),
  signal: interruption.signal,
  pager: async (command, text) => {
    isPaging = true;
    try {
      return await runPager(command, text, process.env);
    } finally {
      isPaging = false;
    }
  },
});
