// The order of test files: the longest first, so that none of them is left alone at the end. vitest sorts by what it
// remembers of earlier runs; on a clean checkout it remembers nothing.

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In the order of how long they take, from two minutes down to a sixth of one. */
const LONGEST = [
  // Mostly waiting.
  'e2e/reproduce',
  'chaos/chaos',
  'e2e/pipeline',
  'e2e/interrupted-training',
  'e2e/reruns',
  'e2e/without-tensorflow',
  'workers/mutations',
  'workers/inference',
  'e2e/feedback',
  'workflows/resets',
  'setup/stack/restart',
  'workflows/prediction-session',
  'workflows/healing',
  'workers/temporal-away',
  'workers/guarded-temporal',
  'setup/stack/kills',
  'workflows/store-outages',
  'workflows/parking',
  'setup/stack/stack',
  'workflows/worker-cut-off',
  'e2e/parked-runs',
  'workflows/temporal-lost',
  // Mostly computing.
  'simulation/publish',
  'simulation/garbage',
  'web/browser/live',
  'web/browser/modes',
  'ml/engines/graph-engine',
  'web/in-browser/local-reader',
  'web/browser/session',
  'trainer/start-trainer',
  'simulation/lease',
  'artifacts/publish-interleavings',
  'inference/server/slow-clients',
  'activities/sources/builtin',
  'activities/same-images',
  'activities/sources/fuzz',
  'inference/routes/fuzz',
  'simulation/run-step',
  'artifacts/store-faults',
  'inference/models/bit-flips',
].map((name) => `test/${name}.test.ts`);

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
