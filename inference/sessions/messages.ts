// Text messages of `digits.v1`: what a client may say, and how answers are written.

import { z } from 'zod';
import { findThreshold } from '../../ml/reader/find-threshold.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import type { Decision } from '../../ml/decision.ts';
import { SESSION_LIMITS } from '../limits.ts';
import type { ClientMessage, HelloMessage, ResultMessage, ServerMessage, WireModel } from '../protocol.ts';
import type { ModelManager } from '../serving.ts';

const uint32 = z.int().min(0).max(0xffff_ffff);
/** Of base64url text and class names; nothing longer is compared or kept. */
const shortText = z.string().min(1).max(200);

const clientMessage = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('label'), seq: uint32, id: uint32, label: shortText }),
  z.strictObject({ t: z.literal('unlabel'), feedback: shortText }),
  z.strictObject({
    t: z.literal('config'),
    threshold: z.number().min(0).max(1).nullable().optional(),
    smoothing: z.boolean().optional(),
    teach: z.boolean().optional(),
  }),
  z.strictObject({ t: z.literal('token'), token: shortText }),
]);

/** @returns undefined for anything that isn't a message of a client */
export function parseClientMessage(text: string): ClientMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = clientMessage.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

export const encodeMessage = (message: ServerMessage): string => JSON.stringify(message);

/** What a float32 probability is worth on the wire: a third fewer bytes than all its digits. */
const DECIMALS = 1e6;
const short = (value: number): number => Math.round(value * DECIMALS) / DECIMALS;
const inHundredths = (value: number): number => Math.round(value * 100) / 100;

/** The digits as a result shows them: probabilities to six places, boxes to a hundredth of a pixel. */
const wireDigits = (digits: readonly TrackedDigit[]): TrackedDigit[] =>
  digits.map(({ id, label, probability, probabilities, decision, stableFrames, raw, box }) => ({
    id,
    label,
    probability: short(probability),
    probabilities: probabilities.map(short),
    decision,
    stableFrames,
    raw: { label: raw.label, probability: short(raw.probability) },
    box: { x: inHundredths(box.x), y: inHundredths(box.y), w: inHundredths(box.w), h: inHundredths(box.h) },
  }));

/** What a frame is by its smoothed digits: `digit` if any is, else `uncertain` if any is, else `none`. */
export function decisionOf(digits: readonly TrackedDigit[]): Decision {
  if (digits.some(({ decision }) => decision === 'digit')) return 'digit';
  return digits.length > 0 ? 'uncertain' : 'none';
}

export interface ResultParts {
  held: { seq: number; captureMs: number };
  digits: readonly TrackedDigit[];
  decision: Decision;
  model: WireModel;
  ms: ResultMessage['ms'];
}

export const resultMessage = ({ held, digits, decision, model, ms }: ResultParts): ResultMessage => ({
  t: 'result',
  seq: held.seq,
  captureMs: held.captureMs,
  decision,
  digits: wireDigits(digits),
  model: { version: model.version, digest: model.digest },
  ms: {
    queue: inHundredths(ms.queue),
    decode: inHundredths(ms.decode),
    locate: inHundredths(ms.locate),
    infer: inHundredths(ms.infer),
    total: inHundredths(ms.total),
  },
});

export interface HelloParts {
  session: string;
  manager: ModelManager;
  /** The session's own, where it set one. */
  threshold: number | undefined;
  teach: HelloMessage['teach'];
}

/** Before the first model was loaded its version is 0, and there are no labels; a `model` message follows. */
export function helloMessage({ session, manager, threshold, teach }: HelloParts): HelloMessage {
  const model = manager.current();
  return {
    t: 'hello',
    session,
    credit: SESSION_LIMITS.credit,
    model: { name: manager.modelName, version: model?.version ?? 0, digest: model?.digest ?? '' },
    labels: model?.classes ?? [],
    threshold: threshold ?? (model === undefined ? 1 : findThreshold(model.threshold)),
    teach,
  };
}
