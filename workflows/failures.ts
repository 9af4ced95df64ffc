// What a failure is to a run: whose it is, what it says, whether a person can do something about it.

import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { StepName } from './contract.ts';

/** What another attempt can't mend. A cancelled step is none of these. */
export function isStepFailure(error: unknown): error is ActivityFailure {
  return error instanceof ActivityFailure && !isCancellation(error);
}

/** An activity's own failure stands one level below the one that Temporal wraps around it. */
export function failureOf(error: unknown): { type: string; message: string } {
  const root = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  if (!(root instanceof Error)) return { type: 'Error', message: String(root).slice(0, 1_000) };
  const type = root instanceof ApplicationFailure ? (root.type ?? 'Error') : root.name;
  return { type, message: root.message.slice(0, 1_000) };
}

/** True for a damaged artifact, whether or not it is known who made it. */
export const isDamage = (error: unknown): boolean => damageOf(error) !== undefined;

/** The step of this run that made a damaged artifact, where the failure is one and says so. */
export function damagedStep(error: unknown): { step: StepName; stepKey: string } | undefined {
  const { step, stepKey } = (damageOf(error)?.details?.[0] ?? {}) as { step?: StepName; stepKey?: string };
  return step === undefined || stepKey === undefined ? undefined : { step, stepKey };
}

function damageOf(error: unknown): ApplicationFailure | undefined {
  const root = error instanceof ActivityFailure ? error.cause : undefined;
  return root instanceof ApplicationFailure && root.type === 'DamagedArtifact' ? root : undefined;
}
