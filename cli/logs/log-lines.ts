// Lines of the workers' log files that belong to one run. Files are JSON lines by pino, one file a part of the stack.

import { open, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RunIdentity } from '../../artifacts/manifests.ts';

export interface LogLine {
  /** Ms since 1970. */
  time: number;
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  /** The part that wrote it: the file's name. */
  part: string;
  message: string;
  /** All other fields. */
  fields: Record<string, unknown>;
}

const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' } as const;
/** Of every line alike: they tell nothing about the run. */
const COMMON_FIELDS = new Set(['time', 'level', 'msg', 'pid', 'hostname', 'v', 'run', 'workflowId', 'runId']);
COMMON_FIELDS.add('firstExecutionRunId');

/** Log files of a folder, rotated ones first. An empty list when there is no such folder. */
export async function logFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const rotation = (name: string): number => Number(/\.log\.(\d+)$/.exec(name)?.[1] ?? 0);
  return names
    .filter((name) => /\.log(\.\d+)?$/.test(name))
    .sort((a, b) => rotation(b) - rotation(a) || a.localeCompare(b))
    .map((name) => join(folder, name));
}

/** The run's lines of one text of a log file. Lines that aren't JSON, or of other runs, are left out. */
export function linesOfRun(text: string, file: string, run: RunIdentity): LogLine[] {
  const part = basename(file).replace(/\.log(\.\d+)?$/, '');
  return text.split('\n').flatMap((line) => {
    // Looked for before parsing: most lines are of other runs, and parsing is the slow part.
    if (!line.includes(run.workflowId)) return [];
    const parsed = parse(line);
    return parsed !== undefined && belongs(parsed, run) ? [toLine(parsed, part)] : [];
  });
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // cut short by a crash or a full disk
  }
}

function belongs(fields: Record<string, unknown>, run: RunIdentity): boolean {
  if (fields['run'] !== run.workflowId && fields['workflowId'] !== run.workflowId) return false;
  const first = fields['firstExecutionRunId'];
  return first === undefined || first === run.firstExecutionRunId;
}

function toLine(fields: Record<string, unknown>, part: string): LogLine {
  return {
    time: Number(fields['time']) || 0,
    level: LEVELS[fields['level'] as keyof typeof LEVELS] ?? 'info',
    part,
    message: typeof fields['msg'] === 'string' ? fields['msg'] : '',
    fields: Object.fromEntries(Object.entries(fields).filter(([key]) => !COMMON_FIELDS.has(key))),
  };
}

/** All lines of the run so far, oldest first. */
export async function readLog(folder: string, run: RunIdentity): Promise<LogLine[]> {
  const texts = await Promise.all(
    (await logFiles(folder)).map(async (file) => linesOfRun(await readFile(file, 'utf8'), file, run)),
  );
  return texts.flat().sort((a, b) => a.time - b.time);
}

/** Reads what was appended since the last call, whole lines only. Starts at the end of every file that is there now. */
export async function openTail(folder: string, run: RunIdentity): Promise<() => Promise<LogLine[]>> {
  const places = new Map<string, number>();
  const newBytes = async (file: string): Promise<string> => {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      let from = places.get(file) ?? 0;
      if (size < from) from = 0; // rotated: a new file of that name began
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      const whole = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      places.set(file, from + whole);
      return buffer.toString('utf8', 0, whole);
    } finally {
      await handle.close();
    }
  };
  const current = async (): Promise<string[]> => (await logFiles(folder)).filter((file) => file.endsWith('.log'));
  for (const file of await current()) await newBytes(file);
  return async () => {
    const lines: LogLine[] = [];
    for (const file of await current()) lines.push(...linesOfRun(await newBytes(file), file, run));
    return lines.sort((a, b) => a.time - b.time);
  };
}
