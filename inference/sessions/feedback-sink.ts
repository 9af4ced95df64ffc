// Where people's corrections go. The sessions know nothing of stores: a sink is handed in.

import type { Decision } from '../../ml/decision.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { ModelIdentity } from '../serving.ts';

/** One digit that a person corrected: its crop, never the frame. */
export interface Correction {
  crop: GrayImage;
  /** What it truly is: one of the model's classes, `none` included. */
  label: string;
  /** What the model said of this frame, before smoothing. */
  prediction: { label: string; probability: number; probabilities: readonly number[]; decision?: Decision };
  /** The model that said it. */
  model: ModelIdentity;
  /** Session, frame and digit that it was seen in. */
  session: string;
  seq: number;
  digitId: number;
}

/** Whether corrections can be stored here, and if not, why: a sentence for people. */
export type TeachState = { available: true } | { available: false; reason: string };

export interface FeedbackSink {
  state(): TeachState;
  /**
   * Stores one correction; resolves when it will be found again. A retry may store it twice under two ids.
   * @throws what the store throws; the client is only told that it failed
   */
  store(correction: Correction): Promise<{ feedback: string }>;
  /** Deletes a correction for good. Nothing happens when it is gone already: a retry is safe. */
  remove(feedback: string): Promise<void>;
}

/** The sink of a worker without one. */
export const noFeedback: FeedbackSink = {
  state: () => ({ available: false, reason: 'this worker stores no corrections' }),
  store: () => Promise.reject(new TypeError('expected a sink that stores corrections, got none')),
  remove: () => Promise.reject(new TypeError('expected a sink that stores corrections, got none')),
};
