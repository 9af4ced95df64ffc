import type { StepLog } from '../../activities/step-log.ts';
import type { ServingLog } from '../../inference/serving-log.ts';

export const silentLog: StepLog = { info: () => undefined, warn: () => undefined };

export const silentServingLog: ServingLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
