// Ready only when it has proved itself: a runtime answers the golden inputs as they were answered at publishing.

import { largestDifference, type GoldenInputs } from '../../ml/export/golden.ts';
import type { Runtime } from '../runtimes/runtime.ts';

/** How far a runtime's probabilities may lie from those at publishing; runtimes differ by 3.4e-6 as measured. */
const GOLDEN_TOLERANCE = 1e-4;

/** Thrown when a runtime computes other probabilities for the golden inputs than were right at publishing. */
export class GoldenMismatch extends Error {
  override readonly name = 'GoldenMismatch';
  readonly retryable = false;
}

/**
 * Lets the runtime answer the golden inputs twice: the first run also allocates what later ones reuse.
 * @param model what an error calls it
 * @throws GoldenMismatch, RuntimeFailure
 */
export async function proveRuntime(runtime: Runtime, golden: GoldenInputs, model: string): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const probabilities = await runtime.run(golden.images, golden.labels.length);
    const difference = largestDifference(golden.probabilities, probabilities);
    if (!(difference <= GOLDEN_TOLERANCE))
      throw new GoldenMismatch(
        `${model}: expected ${runtime.name} to give the golden probabilities within ${GOLDEN_TOLERANCE}, ` +
          `got a difference of ${difference}: this machine or runtime computes something else`,
      );
  }
}
