import type { World } from './world.ts';

/** Histories a property; DIGITFLOW_SIMULATION_SEEDS asks for more. */
export const SEEDS = Number(process.env['DIGITFLOW_SIMULATION_SEEDS'] ?? 800);

/** Far more than any number of histories takes; a history without end is found by its turns, not by time. */
export const LIMIT_MS = 900_000;

/** Runs a check; when it fails, says by which seed to have it again and how it came to that. */
export async function explain(seed: number, world: World, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    const story = world.history.slice(-120).join('\n');
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}\n${story}`, {
      cause: error,
    });
  }
}
