// The one table of timeouts, heartbeats and retries. Who retries what is decided here and in activities/failure.ts, nowhere else.

import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { QUEUES } from './contract.ts';

/**
 * Attempts are unlimited because the usual reason for one to end is a lost worker or an unreachable store, and both come
 * back; the whole step is bounded by its scheduleToCloseTimeout instead. Errors that another attempt can't mend arrive as
 * non-retryable failures: see activities/failure.ts.
 */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5s' } as const;

/** Records: a few small requests to the store. Ten minutes of an unreachable store are waited out. */
export const records = proxyActivities<Activities>({
  taskQueue: QUEUES.pipeline,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
  retry,
});

/**
 * Steps that move and prepare data. They heartbeat every second from an event loop that computes nothing, so ten silent
 * seconds mean a lost worker. A million images are ingested within an hour on two cores; a day bounds the unforeseen.
 */
export const data = proxyActivities<Activities>({
  taskQueue: QUEUES.pipeline,
  heartbeatTimeout: '10s',
  startToCloseTimeout: '6 hours',
  scheduleToCloseTimeout: '1 day',
  retry,
});

/**
 * Steps that hold the training engine. A run of twenty thousand reference steps takes about half an hour here; a day
 * leaves room for a hundred times that. `WAIT_CANCELLATION_COMPLETED`: a cancelled step writes its last checkpoint first.
 */
export const engine = proxyActivities<Activities>({
  taskQueue: QUEUES.train,
  heartbeatTimeout: '10s',
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '2 days',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry,
});
