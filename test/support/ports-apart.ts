// Ports of a test's own stack, far from where stacks usually look.

import { writeWhole } from '../../setup/stack/files.ts';
import { stackPaths } from '../../setup/stack/stack-paths.ts';

const FIRST = 20_000;
/** Test files side by side have processes of their own. */
const PROCESSES = 80;
const PORTS_A_PROCESS = 100;
const PORTS_A_STACK = 20;

let stacks = 0;

/**
 * Writes down the ports that a home's stack will want. Without it a stack that starts while a killed server of this one is
 * away would take its port, and this one could not come back.
 */
export function keepPortsApart(home: string): void {
  const stack = stacks++ % (PORTS_A_PROCESS / PORTS_A_STACK);
  const first = FIRST + PORTS_A_PROCESS * (process.pid % PROCESSES) + PORTS_A_STACK * stack;
  const ports = { temporal: first, temporalUi: first + 5, store: first + 10, inference: first + 15 };
  writeWhole(stackPaths(home).ports, JSON.stringify(ports));
}
