// Checkpoints of a training seen on their way to the store: who only looks now and then may come when training is over.

import type { IncomingMessage } from 'node:http';
import { keys } from '../../artifacts/keys.ts';
import type { ChooseFault, FaultyProxy } from './faulty-proxy.ts';

/** @returns the key of its step; undefined when the request writes something else */
export function checkpointIn({ method, url }: IncomingMessage): string | undefined {
  const [, after] = decodeURIComponent(url!).split(`/${keys.everyCheckpoint}`);
  return method === 'PUT' && after !== undefined ? after.split('/')[0] : undefined;
}

/**
 * Resolves with the step's key when its `count`th checkpoint is about to be written: a worker writes one at a time, so those
 * before it are whole, and until it has an answer it can't have recorded the step.
 * @param meanwhile asked about each request
 */
export const checkpointOnWire = (proxy: FaultyProxy, count: number, meanwhile: ChooseFault): Promise<string> =>
  new Promise((resolve) => {
    let left = count;
    proxy.failAs((request) => {
      const stepKey = checkpointIn(request);
      if (stepKey !== undefined && --left === 0) resolve(stepKey);
      return meanwhile(request);
    });
  });
