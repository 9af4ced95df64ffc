// What happens to a stack, for whoever shows it. The supervisor itself prints nothing.

import prettyMilliseconds from 'pretty-ms';

export type StackEvent =
  | { kind: 'starting'; part: string }
  | { kind: 'ready'; part: string; url: string | undefined; seconds: number }
  | { kind: 'connected'; part: string; url: string }
  | { kind: 'portTaken'; part: string; wanted: number; got: number }
  | { kind: 'crashed'; part: string; reason: string; restartInMs: number }
  | { kind: 'gaveUp'; part: string; reason: string; lastLines: readonly string[]; logPath: string }
  /** Somebody ended it to have it started again, e.g. with newer code. */
  | { kind: 'restarting'; part: string }
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

type Words = { [Kind in StackEvent['kind']]: (event: Extract<StackEvent, { kind: Kind }>) => string };

const WORDS: Words = {
  starting: ({ part }) => `${part} is starting`,
  ready: ({ part, url, seconds }) =>
    `${part} is ready${url === undefined ? '' : ` at ${url}`} (${seconds.toFixed(1)} s)`,
  connected: ({ part, url }) => `${part}: connected to ${url}`,
  portTaken: ({ part, wanted, got }) => `${part}: port ${wanted} is taken, using ${got}`,
  crashed: ({ part, reason, restartInMs }) =>
    `${part} ${reason}; starting it again in ${prettyMilliseconds(restartInMs)}`,
  restarting: ({ part }) => `${part} is restarting with the code of now`,
  gaveUp: ({ part, reason, logPath, lastLines }) =>
    `${part} ${reason}, too often to go on; it stays stopped. Its last lines (${logPath}):` +
    lastLines.map((line) => `\n  ${line}`).join(''),
  complained: ({ part, message }) => `${part}: ${message}`,
  cleanedUp: ({ part, pid }) => `${part}: ended process ${pid}, left behind by a supervisor that was killed`,
  attached: ({ supervisorPid }) => `using the stack that runs already (supervisor ${supervisorPid})`,
  stopping: () => 'stopping',
  stopped: ({ seconds }) => `stopped (${seconds.toFixed(1)} s)`,
};

/** One event in words, without a line break at its end. `gaveUp` has several lines. */
export function describeEvent<Kind extends StackEvent['kind']>(event: Extract<StackEvent, { kind: Kind }>): string {
  return WORDS[event.kind](event);
}
