// Which files are bundled, and so which code a step key names.

export const stepEntries = {
  'step-thread': 'activities/threads/step-thread.ts',
  ingest: 'activities/ingest.ts',
  preprocess: 'activities/preprocess.ts',
  'augment-part': 'activities/augment-part.ts',
  augment: 'activities/augment.ts',
  train: 'activities/train.ts',
  evaluate: 'activities/evaluate.ts',
  publish: 'activities/publish.ts',
  trainer: 'workers/trainer.ts',
} as const;

export type CodeName = keyof typeof stepEntries;
