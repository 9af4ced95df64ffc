import type { StepLog } from '../../activities/step-log.ts';

export const silentLog: StepLog = { info: () => undefined, warn: () => undefined };
