// What a repeated run is started with: from the records of the run that it repeats, which outlive Temporal's database.

import type { RunIdentity } from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { resolveRunInput, withSettings } from '../../config/resolve.ts';
import { rerunSchema, type RerunInput, type RunConfiguration } from '../../config/schema.ts';
import type { TrainPipelineInput } from '../../workflows/contract.ts';
import { CommandFailed, WrongUse } from '../errors.ts';
import { runName } from './run-name.ts';
import type { RunView } from './runs.ts';
import { readParkings } from './stored-runs.ts';

/** Thrown when a run left no record of what it was asked. */
export class NothingToRepeat extends CommandFailed {
  override readonly name = 'NothingToRepeat';
  constructor(identity: RunIdentity) {
    super(
      `${runName(identity)} left no configuration: its input was refused, or its records are gone. ` +
        'Start it anew with `npx digitflow train`.',
    );
  }
}

export interface RerunRequest {
  rerun: Omit<RerunInput, 'of'>;
  /** Dotted keys over the configuration of the repeated run. */
  set: Record<string, unknown>;
}

/**
 * The configuration that the run ended with, values changed while it was parked included.
 * @throws NothingToRepeat; InvalidInput with every problem of `set`; WrongUse
 */
export async function rerunInput(
  store: Store,
  { identity, stored }: RunView,
  { rerun, set }: RerunRequest,
): Promise<TrainPipelineInput> {
  const { record } = stored;
  if (record === undefined) throw new NothingToRepeat(identity);
  const decided = (await readParkings(store, identity))
    .flatMap(({ decision }) => (decision?.configuration === undefined ? [] : [decision]))
    .sort((a, b) => Date.parse(a.decidedAt) - Date.parse(b.decidedAt));
  const configuration = (decided.at(-1)?.configuration ?? record.configuration) as RunConfiguration;
  // A run of one step alone recorded nothing but that step: what it read stands with the run it repeated.
  const earlier = rerunSchema.safeParse(record.rerun ?? {}).data;
  const of = earlier?.only === undefined ? identity : (earlier.of ?? identity);
  const changed = withSettings(configuration, set) as TrainPipelineInput;
  const input: TrainPipelineInput = { ...changed, rerun: { ...rerun, of } };
  resolveRunInput(input);
  return input;
}

/** @throws WrongUse for words that exclude each other, or ask one step alone to publish */
export function checkRerun({ from, only }: { from?: string | undefined; only?: string | undefined }): void {
  if (only === 'publish')
    throw new WrongUse('--only publish: a step that runs alone publishes nothing. Use --from publish.');
  if (only !== undefined && from !== undefined) throw new WrongUse('--only and --from exclude each other');
}
