// Supervises the stack of the home named on the command line until it is stopped.

import { startStack } from '../../../../setup/stack.ts';
import { goodWorker, stackOptions } from './fixture.ts';

const [home = ''] = process.argv.slice(2);
const stack = await startStack({ ...stackOptions(home), workers: [goodWorker('worker')], handleSignals: true });
if (stack.role === 'owner') await stack.stopped;
