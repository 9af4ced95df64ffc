// The engine for a step: a trainer of its own, local files of blobs, and the step's checkpoints.

import { openCheckpoints } from './checkpoints.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { EngineAccess } from './engine-access.ts';
import type { LoggedContext } from './settle-step.ts';
import { noMetrics, type StepMetrics } from './step-metrics.ts';
import type { StepContext, StepProgress } from './step.ts';
import { settingsOf } from './trainer/settings.ts';
import { startTrainer } from './trainer/start-trainer.ts';

export function createEngineAccess(dependencies: ActivityDependencies): (context: LoggedContext) => EngineAccess {
  const { code, store, blobCache, metrics = noMetrics } = dependencies;
  const { span = (_name, _attributes, work) => work() } = dependencies;
  return (context) => ({
    readToFile: (ref) => blobCache.readToFile(ref),
    checkpoints: openCheckpoints(store, context.stepKey),
    withTrainer: (engine, use) =>
      span('trainer', { 'digitflow.engine': engine }, async () => {
        const trainer = await startTrainer({
          entry: code.trainer.file,
          settings: settingsOf(engine),
          signal: context.signal,
          log: (line) => context.log.info({ part: 'trainer' }, line),
        });
        try {
          return await use(trainer);
        } finally {
          metrics.trainRate(undefined);
          await trainer.close();
        }
      }),
  });
}

/** The trainer's rate is told to whoever counts. */
export const measured = <Context extends StepContext>(context: Context, metrics: StepMetrics): Context => ({
  ...context,
  progress(news: StepProgress) {
    const { samplesPerSecond } = news.figures ?? {};
    if (samplesPerSecond !== undefined) metrics.trainRate(samplesPerSecond);
    context.progress(news);
  },
});
