// One process of keras_reference.py, asked one thing at a time over its standard streams.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Environment } from './python.ts';

const SCRIPT = path.join(import.meta.dirname, 'keras_reference.py');
const LINES_KEPT = 12;

const took = { seconds: z.number(), cpu: z.number() };
const counted = z.object({ count: z.int(), ...took });
const answers = {
  decode: counted,
  generate: counted,
  fit: z.object({ steps: z.int(), samples: z.int(), ...took }),
  step: z.object({ each: z.array(z.number()) }),
  predict: z.object({ each: z.array(z.number()) }),
  matmul: z.object({ gflops: z.number() }),
  learn: z.object({
    learners: z.array(
      z.object({ seed: z.int(), steps: z.int(), seconds: z.number(), validation: z.number(), test: z.number() }),
    ),
  }),
};
const hello = z.object({
  versions: z.record(z.string(), z.string()),
  images: z.int(),
  parameters: z.record(z.string(), z.int()),
});

export type Task = keyof typeof answers;

/** Thrown when the process ends, or answers with an error or with what can't be meant. */
export class PeerFailed extends Error {
  override readonly name = 'PeerFailed';
}

export interface Keras {
  hello: z.output<typeof hello>;
  /** @throws PeerFailed */
  ask<Name extends Task>(task: Name, parameters?: Record<string, unknown>): Promise<z.output<(typeof answers)[Name]>>;
  /** Ends the process and waits for it. */
  close(): Promise<void>;
}

export interface KerasOptions {
  environment: Pick<Environment, 'python'>;
  archive: string;
  /** A file of the networks' layers, by name. */
  networksFile: string;
  oneDnn: boolean;
}

/** Starts it, which takes ten seconds. @throws PeerFailed */
export async function openKeras({ environment, archive, networksFile, oneDnn }: KerasOptions): Promise<Keras> {
  const args = [SCRIPT, '--data', archive, '--networks', networksFile, '--onednn', oneDnn ? '1' : '0'];
  const child = spawn(environment.python, args, { stdio: 'pipe' });
  const complaints: string[] = [];
  const ended = new Promise<string>((resolve) => {
    child.once('error', (cause) => resolve(`can't be started: ${cause.message}`));
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? `status ${code}`}`));
  });
  child.stdin.on('error', () => undefined); // the process is gone: `ended` says so
  createInterface({ input: child.stderr }).on('line', (line) => {
    complaints.push(line);
    if (complaints.length > LINES_KEPT) complaints.shift();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const next = async <Schema extends z.ZodType>(schema: Schema, what: string): Promise<z.output<Schema>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new PeerFailed([`${what}: Python ${await ended}`, ...complaints].join('\n'));
    const message: unknown = JSON.parse(value);
    const parsed = schema.safeParse(message);
    if (!parsed.success) throw new PeerFailed(`${what}: got ${JSON.stringify(message).slice(0, 400)}`);
    return parsed.data;
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    child.kill();
    await ended;
  };
  try {
    return {
      hello: await next(hello, 'start'),
      ask(task, parameters = {}) {
        child.stdin.write(`${JSON.stringify({ task, ...parameters })}\n`);
        return next(answers[task], task) as Promise<z.output<(typeof answers)[typeof task]>>;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
