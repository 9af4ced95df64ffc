// Errors that a worker logs are for the screen too: our workers write pino's JSON lines, so level and text are known.

import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';

const PINO_ERROR = 50;
const pinoLineSchema = z.looseObject({ level: z.number().min(PINO_ERROR), msg: z.string().optional() });

/** @returns a function that takes output as it comes and tells of each whole line of level error or worse */
export function complaintsIn(tell: (message: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = complaintOf(line);
      if (message !== undefined) tell(message);
    }
  };
}

function complaintOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const parsed = pinoLineSchema.safeParse(JSON.parse(line));
    return parsed.success ? (parsed.data.msg ?? line) : undefined;
  } catch {
    return undefined; // a line that only looks like JSON
  }
}
