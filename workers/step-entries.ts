// Which files are bundled, and so which code a step key names.

import type { UnitName } from '../activities/code-units.ts';

export const stepEntries: Record<UnitName, string> = {
  'step-thread': 'activities/threads/step-thread.ts',
  'decode-thread': 'activities/threads/decode-thread.ts',
  ingest: 'activities/ingest.ts',
  preprocess: 'activities/preprocess.ts',
  'augment-part': 'activities/augment-part.ts',
  augment: 'activities/augment.ts',
  train: 'activities/train.ts',
  evaluate: 'activities/evaluate.ts',
  measure: 'activities/measure.ts',
  publish: 'activities/publish.ts',
  trainer: 'workers/trainer.ts',
};
