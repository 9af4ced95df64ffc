// Where training got to, in the store: one object a checkpoint, under the step's key. The truth of a resume is here;
// heartbeats are only a hint.

import { canonicalBytes, sha256 } from '../artifacts/canonical.ts';
import { keys } from '../artifacts/keys.ts';
import type { Store } from '../artifacts/store.ts';
import type { Checkpoint } from '../ml/train.ts';
import type { Patiently } from './patience.ts';

/** A checkpoint that can't be read falls back to the one before. */
const KEPT = 2;

/** Checkpoints of one step key. Equal steps make equal bytes, so an attempt that was given up harms nothing by writing. */
export interface Checkpoints {
  /**
   * The newest whole one; undefined when there is none.
   * @param onDamaged told the key of each one that is passed over
   */
  newest(onDamaged?: (key: string) => void): Promise<Checkpoint | undefined>;
  /** Safe to repeat. Keeps the last two. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** Removes all: the step has its record. */
  clear(): Promise<void>;
}

export function openCheckpoints(store: Store, stepKey: string): Checkpoints {
  const list = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of store.list(keys.checkpoints(stepKey))) found.push(key);
    return found.sort(); // names are padded: the order of names is the order of steps
  };
  return {
    async newest(onDamaged) {
      for (const key of (await list()).toReversed()) {
        const bytes = (await store.get(key))?.bytes;
        const checkpoint = bytes && decodeCheckpoint(bytes);
        if (checkpoint !== undefined) return checkpoint;
        if (bytes !== undefined) onDamaged?.(key);
      }
      return undefined;
    },
    async save(checkpoint) {
      const name = String(checkpoint.trainStep).padStart(9, '0');
      await store.put(keys.checkpoint(stepKey, name), encodeCheckpoint(checkpoint));
      for (const key of (await list()).slice(0, -KEPT)) await store.delete(key);
    },
    async clear() {
      for (const key of await list()) await store.delete(key);
    },
  };
}

/** The same, but a save waits for a store that is away; meanwhile newer ones take the place of those that wait behind it. */
export const savedPatiently = (checkpoints: Checkpoints, patiently: Patiently): Checkpoints => ({
  ...checkpoints,
  save: (checkpoint) => patiently(() => checkpoints.save(checkpoint)),
});

/** sha256 of all that follows · u32 bytes of JSON · JSON · the state vector, float32 little-endian. */
export function encodeCheckpoint({ state, ...rest }: Checkpoint): Uint8Array {
  const json = canonicalBytes(rest);
  const body = Buffer.alloc(4 + json.byteLength + state.byteLength);
  body.writeUInt32LE(json.byteLength, 0);
  body.set(json, 4);
  body.set(new Uint8Array(state.buffer, state.byteOffset, state.byteLength), 4 + json.byteLength);
  return Buffer.concat([Buffer.from(sha256(body), 'hex'), body]);
}

/** Undefined when the bytes are not a whole checkpoint: an earlier one is used instead. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (whole.byteLength < 36) return undefined;
  const body = whole.subarray(32);
  if (sha256(body) !== whole.subarray(0, 32).toString('hex')) return undefined;
  const jsonEnd = 4 + body.readUInt32LE(0);
  const rest = JSON.parse(body.toString('utf8', 4, jsonEnd)) as Omit<Checkpoint, 'state'>;
  return { ...rest, state: new Float32Array(Uint8Array.from(body.subarray(jsonEnd)).buffer) };
}
