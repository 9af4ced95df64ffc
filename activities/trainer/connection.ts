// Requests and answers over the child's message channel, and how the child ended.

import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { EngineFingerprint } from '../../ml/engine.ts';
import { unpackError } from '../threads/messages.ts';
import { TrainerCrashed } from './errors.ts';
import type { FromTrainer, ToTrainer } from './protocol.ts';

/** Enough for a native stack trace. */
const KEPT_LINES = 20;

export interface Connection {
  /** Who the child says it is. Rejects with TrainerCrashed when it ends before. */
  hello: Promise<EngineFingerprint>;
  /** Resolves when the child is gone and all it said has been read; never rejects. */
  ended: Promise<void>;
  /** True while a command has no answer. */
  isBusy(): boolean;
  /** Rejects with what the command threw, or TrainerCrashed. */
  run(command: string, input: unknown, onEvent?: (event: unknown) => void): Promise<unknown>;
  /** Asks the running command to end. */
  stop(): void;
}

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  onEvent?: ((event: unknown) => void) | undefined;
}

/** @param log takes each line of the child's stdout and stderr */
export function connect(child: ChildProcess, log: (line: string) => void): Connection {
  const lastLines = readLines(child, log);
  const pending = new Map<number, Pending>();
  let nextId = 1;

  const crash = new Promise<TrainerCrashed>((resolve) => {
    child.on('close', (exitCode, signal) => resolve(new TrainerCrashed({ exitCode, signal, lastLines })));
    child.on('error', (error) => {
      lastLines.push(error.message);
      // A child that never started never closes.
      if (child.pid === undefined) resolve(new TrainerCrashed({ exitCode: null, signal: null, lastLines }));
    });
  });
  let crashed: TrainerCrashed | undefined;
  const ended = crash.then((error) => {
    crashed = error;
    for (const request of pending.values()) request.reject(error);
    pending.clear();
  });
  const hello = new Promise<EngineFingerprint>((resolve, reject) => {
    child.on('message', (message: FromTrainer) => {
      if (message.kind === 'hello') resolve(message.fingerprint);
      else answer(pending, message);
    });
    void crash.then(reject);
  });
  // A message to a child that has just died fails; `close` tells why it died.
  const say = (message: ToTrainer): void => void (child.connected && child.send(message, () => {}));

  return {
    hello,
    ended,
    isBusy: () => pending.size > 0,
    run(command, input, onEvent) {
      if (crashed !== undefined) return Promise.reject(crashed);
      const id = nextId++;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject, onEvent });
        say({ kind: 'run', id, command, input });
      });
    },
    stop: () => say({ kind: 'stop' }),
  };
}

function answer(pending: Map<number, Pending>, message: Exclude<FromTrainer, { kind: 'hello' }>): void {
  const request = pending.get(message.id);
  if (message.kind === 'event') {
    request?.onEvent?.(message.event);
    return;
  }
  pending.delete(message.id);
  if (message.kind === 'done') request?.resolve(message.output);
  else request?.reject(unpackError(message.error));
}

/** Passes lines on and gives the last ones of stderr, as they come. */
function readLines(child: ChildProcess, log: (line: string) => void): string[] {
  const lastLines: string[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', log);
  if (child.stderr) {
    createInterface(child.stderr).on('line', (line) => {
      log(line);
      lastLines.push(line);
      if (lastLines.length > KEPT_LINES) lastLines.shift();
    });
  }
  return lastLines;
}
