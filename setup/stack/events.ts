// What happens to a stack, for whoever shows it. The supervisor itself prints nothing.

import prettyMilliseconds from 'pretty-ms';

export type StackEvent =
  | { kind: 'starting'; part: string }
  | { kind: 'ready'; part: string; url: string | undefined; seconds: number }
  | { kind: 'connected'; part: string; url: string }
  | { kind: 'portTaken'; part: string; wanted: number; got: number }
  | { kind: 'crashed'; part: string; reason: string; restartInMs: number }
  | { kind: 'gaveUp'; part: string; reason: string; lastLines: readonly string[]; logPath: string }
  /** A part wrote a line of level error or worse. */
  | { kind: 'complained'; part: string; message: string }
  /** A process that a killed supervisor had left behind was ended. */
  | { kind: 'cleanedUp'; part: string; pid: number }
  | { kind: 'attached'; supervisorPid: number }
  | { kind: 'stopping' }
  | { kind: 'stopped'; seconds: number };

export type Report = (event: StackEvent) => void;

export type Severity = 'info' | 'warning' | 'error';

export function severityOf(event: StackEvent): Severity {
  if (event.kind === 'gaveUp' || event.kind === 'complained') return 'error';
  return event.kind === 'crashed' || event.kind === 'portTaken' || event.kind === 'cleanedUp' ? 'warning' : 'info';
}

/** One event in words, without a line break at its end. `gaveUp` has several lines. */
export function describeEvent(event: StackEvent): string {
  switch (event.kind) {
    case 'starting':
      return `${event.part} is starting`;
    case 'ready': {
      const where = event.url === undefined ? '' : ` at ${event.url}`;
      return `${event.part} is ready${where} (${event.seconds.toFixed(1)} s)`;
    }
    case 'connected':
      return `${event.part}: connected to ${event.url}`;
    case 'portTaken':
      return `${event.part}: port ${event.wanted} is taken, using ${event.got}`;
    case 'crashed':
      return `${event.part} ${event.reason}; starting it again in ${prettyMilliseconds(event.restartInMs)}`;
    case 'gaveUp':
      return (
        `${event.part} ${event.reason}, too often to go on; it stays stopped. Its last lines (${event.logPath}):` +
        event.lastLines.map((line) => `\n  ${line}`).join('')
      );
    case 'complained':
      return `${event.part}: ${event.message}`;
    case 'cleanedUp':
      return `${event.part}: ended process ${event.pid}, left behind by a supervisor that was killed`;
    case 'attached':
      return `using the stack that runs already (supervisor ${event.supervisorPid})`;
    case 'stopping':
      return 'stopping';
    case 'stopped':
      return `stopped (${event.seconds.toFixed(1)} s)`;
  }
}
