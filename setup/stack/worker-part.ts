// A worker as a part: a Node program of ours that says over its channel when it is ready, and ends when the channel
// closes.

import { z } from 'zod';
import type { Environment } from '../../config/home.ts';
import type { Child } from './child.ts';
import { NotReady } from './errors.ts';
import type { PartSpec, ReadyNews } from './part.ts';
import type { PortName, Ports } from './ports.ts';

export interface WorkerSpec {
  /** Unique among the parts; also the name of its log. */
  name: string;
  /** `inference` stops before all others, so that sessions end while everything they use still runs. @default 'worker' */
  role?: 'worker' | 'inference';
  command: string;
  args: readonly string[];
  /** Beside how to reach Temporal and the store, which every worker gets. */
  env?: Environment;
  cwd?: string;
  /** A port of loopback that stays the same over restarts, given in this variable unless the environment names one. */
  port?: { name: PortName; variable: string };
  /** From start to ready. @default 120000: bundling the steps and the workflows on a busy machine included */
  readyTimeoutMs?: number;
}

/** What a worker sends, once: `process.send({ ready: true, … })`. The rest is kept as its details. */
const readyMessageSchema = z.looseObject({
  ready: z.literal(true),
  /** Added to endpoints.json, e.g. `{ inference: 'http://127.0.0.1:8080' }`. */
  endpoints: z.record(z.string(), z.url()).optional(),
});

/** The addresses in the details of a part, by name. */
export function announcedEndpoints(details: Record<string, unknown> | undefined): Record<string, string> {
  return readyMessageSchema.safeParse({ ready: true, ...details }).data?.endpoints ?? {};
}

export function workerPart(worker: WorkerSpec, environment: Environment, ports: Ports): PartSpec {
  const portOf = async (failedStarts: number): Promise<Environment> => {
    const { port } = worker;
    if (port === undefined || (environment[port.variable] ?? '') !== '') return {};
    return { [port.variable]: String((await ports.choose(port.name, { skip: failedStarts })).port) };
  };
  return {
    name: worker.name,
    stopGraceMs: worker.role === 'inference' ? 1_500 : 5_000, // with 2 s for Temporal and 1 s for the store: under ten seconds when all of them hang
    command: async (failedStarts) => ({
      command: worker.command,
      args: worker.args,
      env: { ...environment, ...(await portOf(failedStarts)), ...worker.env },
      cwd: worker.cwd,
      ipc: true,
    }),
    ready: (child, signal) => readyMessage(child, worker, signal),
  };
}

function readyMessage(child: Child, worker: WorkerSpec, signal: AbortSignal): Promise<ReadyNews> {
  const timeoutMs = worker.readyTimeoutMs ?? 120_000;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new NotReady(`${worker.name} to say that it is ready`, timeoutMs)),
      timeoutMs,
    );
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    if (signal.aborted) return aborted();
    signal.addEventListener('abort', aborted, { once: true });
    child.onMessage((message) => {
      const parsed = readyMessageSchema.safeParse(message);
      if (!parsed.success) return;
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      const { ready: _ready, ...details } = parsed.data;
      resolve({ url: Object.values(details.endpoints ?? {})[0], details });
    });
  });
}
