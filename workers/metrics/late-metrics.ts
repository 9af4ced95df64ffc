// Metrics whose library is loaded when the worker takes work already. What is counted before waits until then.

import type { PipelineMetrics } from './pipeline-metrics.ts';

type Counting = Omit<PipelineMetrics, 'text' | 'contentType'>;

export interface LateMetrics {
  counting: Counting;
  /** Counts what waited. @throws when the library can't be loaded */
  load(): Promise<PipelineMetrics>;
}

/** @param make called once, by the first `load` */
export function lateMetrics(make: () => Promise<PipelineMetrics>): LateMetrics {
  const waiting: ((metrics: PipelineMetrics) => void)[] = [];
  let loaded: PipelineMetrics | undefined;
  let loading: Promise<PipelineMetrics> | undefined;
  const count = (act: (metrics: PipelineMetrics) => void): void => {
    if (loaded === undefined) waiting.push(act);
    else act(loaded);
  };
  const open = async (): Promise<PipelineMetrics> => {
    loaded = await make();
    for (const act of waiting.splice(0)) act(loaded);
    return loaded;
  };
  return {
    counting: {
      stepEnded: (figures) => count((metrics) => metrics.stepEnded(figures)),
      trainRate: (rate) => count((metrics) => metrics.trainRate(rate)),
      heartbeatGap: (seconds) => count((metrics) => metrics.heartbeatGap(seconds)),
      parked: (step) => count((metrics) => metrics.parked(step)),
      published: (gate) => count((metrics) => metrics.published(gate)),
      storeCall: (call) => count((metrics) => metrics.storeCall(call)),
      cacheLookup: (isThere) => count((metrics) => metrics.cacheLookup(isThere)),
    },
    load: () => (loading ??= open()),
  };
}
