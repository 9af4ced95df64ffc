// The one table of activities: what each does in words for Temporal's UI, its queue, timeouts, heartbeats and retries. Who
// retries what is decided here and in activities/failure.ts, nowhere else.

import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { QUEUES } from './contract.ts';

/**
 * Attempts are unlimited because the usual reason for one to end is a lost worker or an unreachable store, and both come
 * back; the whole step is bounded by its scheduleToCloseTimeout instead. Errors that another attempt can't mend arrive as
 * non-retryable failures.
 */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5s' } as const;

/** A few small requests to the store. Half an hour of an unreachable store is waited out. */
const record: ActivityOptions = {
  taskQueue: QUEUES.pipeline,
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '30 minutes',
  retry,
};

/**
 * Moves and prepares data. Heartbeats come twice a second from an event loop that computes nothing, so ten silent seconds
 * mean a lost worker. A million images are ingested within an hour on two cores; a day bounds the unforeseen.
 */
const data: ActivityOptions = {
  taskQueue: QUEUES.pipeline,
  heartbeatTimeout: '10s',
  startToCloseTimeout: '6 hours',
  scheduleToCloseTimeout: '1 day',
  retry,
};

/**
 * Holds the training engine. Twenty thousand steps of the reference network take about half an hour here; a day leaves room
 * for a hundred times that. A cancelled step writes its last checkpoint before it counts as cancelled.
 */
const engine: ActivityOptions = {
  taskQueue: QUEUES.train,
  heartbeatTimeout: '10s',
  startToCloseTimeout: '1 day',
  scheduleToCloseTimeout: '2 days',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry,
};

const activity = <Name extends keyof Activities>(name: Name, options: ActivityOptions, summary: string) =>
  proxyActivities<Activities>({ ...options, summary })[name];

export const resolveRun = activity('resolveRun', record, 'checks the input and fills in every default');
export const ingest = activity('ingest', data, 'packs images into a dataset');
export const preprocess = activity('preprocess', data, 'splits the dataset and makes network inputs');
export const augmentPart = activity('augmentPart', data, 'makes a part of the pool');
export const augment = activity('augment', data, 'joins the parts into one pool');
export const train = activity('train', engine, 'trains the network on the pool');
export const evaluate = activity('evaluate', engine, 'measures challenger and champion, writes the report');
export const publish = activity('publish', engine, 'exports, checks, signs and publishes a version');
export const finishRun = activity('finishRun', record, 'records how the run ended');
