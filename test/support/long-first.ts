// The order of test files: the longest first, so that none of them is left alone at the end. vitest sorts by what it
// remembers of earlier runs; on a clean checkout it remembers nothing.

import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In the order of how long they take, from two minutes down to a quarter of one. */
const LONGEST = [
  'e2e/reproduce',
  'chaos/chaos',
  'e2e/pipeline',
  'e2e/reruns',
  'workers/inference',
  'simulation/garbage',
  'workflows/healing',
  'setup/stack/restart',
  'workers/mutations',
  'e2e/feedback',
  'e2e/parked-runs',
  'e2e/interrupted-training',
  'workflows/store-outages',
  'web/browser/modes',
  'workflows/prediction-session',
  'trainer/start-trainer',
  'simulation/lease',
  'simulation/publish',
  'web/browser/live',
  'ml/engines/graph-engine',
  'setup/stack/kills',
  'web/in-browser/local-reader',
  'web/browser/session',
  'workflows/worker-cut-off',
  'workflows/temporal-lost',
  'artifacts/store-faults',
  'setup/stack/stack',
  'simulation/run-step',
  'cli/serve',
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
