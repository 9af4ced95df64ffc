// The one table of activities: what each does in words for Temporal's UI, its queue, timeouts, heartbeats and retries. Who
// retries what is decided here and in activities/failure.ts, nowhere else.

import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { SessionActivities } from '../activities/sessions.ts';
import { QUEUES } from './contract.ts';

/**
 * Attempts are unlimited because the usual reason for one to end is a lost worker or an unreachable store, and both come
 * back; the whole step is bounded by its scheduleToCloseTimeout instead. Errors that another attempt can't mend arrive as
 * non-retryable failures. Asking every two seconds costs one request, and a run whose workers were killed again and again goes
 * on that soon.
 */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '2s' } as const;

/**
 * A few small requests to the store, without heartbeats: ten seconds are a lost worker, or a store that is tried again.
 * Half an hour of an unreachable store is waited out.
 */
const record: ActivityOptions = {
  taskQueue: QUEUES.pipeline,
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '30 minutes',
  retry,
};

/** Reads what a few steps recorded; a hundred blobs are asked for in a fraction of a second. */
const look: ActivityOptions = {
  heartbeatTimeout: '10s',
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '1 day', // behind whoever trains at the moment
  retry,
};

/** The note on a parked step. A person waits behind it, and the run's own words say the same: it is soon given up. */
const note: ActivityOptions = { ...record, startToCloseTimeout: '10s', scheduleToCloseTimeout: '30s' };

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
const FIND = 'finds which of the next steps are finished already';
export const findFinished = activity('findFinished', { ...look, taskQueue: QUEUES.pipeline }, FIND);
/** Of steps that hold the engine: only a worker of that queue knows its engine. */
export const findTrained = activity('findFinished', { ...look, taskQueue: QUEUES.train }, FIND);
export const changeRun = activity('changeRun', record, 'checks the input with other values');
export const ingest = activity('ingest', data, 'packs images into a dataset');
export const preprocess = activity('preprocess', data, 'splits the dataset and makes network inputs');
export const augmentPart = activity('augmentPart', data, 'makes a part of the pool');
export const augment = activity('augment', data, 'joins the parts into one pool');
export const train = activity('train', engine, 'trains the network on the pool');
export const evaluate = activity('evaluate', engine, 'measures challenger and champion, writes the report');
export const publish = activity('publish', engine, 'exports, checks, signs and publishes a version');
export const recordParking = activity(
  'recordParking',
  note,
  'records that a step waits for a person, and what he decided',
);
/** As long as a parked step waits for a person: a run that has published does not fail for the note that it has. */
const end: ActivityOptions = { ...record, scheduleToCloseTimeout: '7 days' };
export const finishRun = activity('finishRun', end, 'records how the run ended');

/**
 * Somebody else's server: it may be down for a night. Tries are at most ten minutes apart, and one that hears nothing is cut
 * off by the activity itself after 15 s.
 */
const notice: ActivityOptions = {
  taskQueue: QUEUES.pipeline,
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '1 day',
  retry: { ...retry, maximumInterval: '10 minutes' },
};
export const notify = activity('notify', notice, 'tells the webhook');

/**
 * Asks any inference worker for a place. Nothing but a free worker is waited for, so an hour without one means that none
 * will come.
 */
const place: ActivityOptions = {
  taskQueue: QUEUES.sessions,
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '1 hour',
  retry,
};

/**
 * As long as the session. Its worker heartbeats every 5 s; four lost in a row mean a lost worker. Who has the session polls
 * its queue all the time, so a task that lies for 15 s (a poller that lost its server asks again within 12) has no worker.
 * One attempt, because another on the same queue is no use when the worker is gone: the workflow decides by itself. A month
 * bounds a camera that nobody turns off.
 */
const watch: ActivityOptions = {
  scheduleToStartTimeout: '15s',
  heartbeatTimeout: '20s',
  startToCloseTimeout: '30 days',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { maximumAttempts: 1 },
};

/** A word to the worker that has the session; a person waits for the answer, so it is given up with the worker. */
const control: ActivityOptions = { startToCloseTimeout: '5s', scheduleToCloseTimeout: '20s', retry };

export const openSession = sessionActivity('openSession', place, 'finds a worker that serves the session');
export const keepSession = sessionActivity(
  'keepSession',
  { ...place, startToCloseTimeout: '1 minute', scheduleToCloseTimeout: '1 day' }, // a store that is down comes back
  'stores the summary',
);

/** The activities of the one worker that polls `taskQueue`. */
export const onWorker = (taskQueue: string) => ({
  watch: sessionActivity('watchSession', { ...watch, taskQueue }, 'watches the session: live figures in its heartbeat'),
  pause: sessionActivity('pauseSession', { ...control, taskQueue }, 'pauses the session'),
  resume: sessionActivity('resumeSession', { ...control, taskQueue }, 'resumes the session'),
  end: sessionActivity('endSession', { ...control, taskQueue }, 'ends the session'),
});

function sessionActivity<Name extends keyof SessionActivities>(name: Name, options: ActivityOptions, summary: string) {
  return proxyActivities<SessionActivities>({ ...options, summary })[name];
}
