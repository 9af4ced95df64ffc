// An inference worker's side of Temporal: polls the queue of all sessions and the one of its own, and starts the workflows
// of sessions that pages open. Temporal may be away at the start, and go away and come back at any time.

import { Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createFailureInterceptor } from '../activities/failure.ts';
import { createSessionAnnouncer } from '../activities/session-announcer.ts';
import { createSessionActivities, type SessionDependencies } from '../activities/sessions.ts';
import type { TemporalConnection } from '../config/connection.ts';
import { temporalOptions } from '../config/temporal.ts';
import type { Tracing } from '../setup/tracing/tracing.ts';
import { PREDICTION_SESSION, QUEUES, sessionQueue } from '../workflows/contract.ts';
import { log } from './log.ts';

/** Heartbeats come every 5 s; the SDK would hold them back for 16 of the 20 s that the timeout allows. */
const HEARTBEAT_THROTTLE = '4s';

/** Watching costs nothing; there may be as many sessions as sockets. */
const WATCHED_SESSIONS = 10_000;

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 10_000;

/** At shutdown the sessions have ended already: what is left is to say so. */
const SHUTDOWN_GRACE = '300ms';
const SHUTDOWN_FORCE = '600ms';
/** Longer is only a connection under way to a Temporal that doesn't answer: it ends with the process. */
const CLOSE_LIMIT_MS = 2_000;

export interface SessionWorkers {
  /** Stops polling, after the activities of sessions that have ended were told. Takes two seconds at most. */
  close(): Promise<void>;
}

Runtime.install({
  logger: new DefaultLogger('WARN', ({ level, message, meta }) =>
    log[level.toLowerCase() as Lowercase<typeof level>]({ ...meta }, message),
  ),
});

/** Connects in the background and for ever. */
export function startSessionWorkers(
  dependencies: SessionDependencies & { temporal: TemporalConnection; identity: string; tracing?: Tracing | undefined },
): SessionWorkers {
  const { desk, keeper, clock, temporal, identity, tracing, searchAttributes = true } = dependencies;
  const closing = new AbortController();
  let client: Client | undefined;
  let workers: Worker[] = [];
  const announcer = createSessionAnnouncer({
    desk,
    keeper,
    clock,
    log,
    searchAttributes,
    async start(session, input) {
      if (client === undefined) throw new Error(`Temporal does not answer at ${temporal.address}`);
      try {
        await client.workflow.start(PREDICTION_SESSION, {
          taskQueue: QUEUES.sessions,
          workflowId: session,
          workflowIdReusePolicy: 'REJECT_DUPLICATE', // a session is announced once, also when the answer was lost
          args: [input],
          staticSummary: `reads digits from a ${input.source ?? 'browser'}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
  });

  const serve = async (): Promise<void> => {
    const connection = await NativeConnection.connect(temporalOptions(temporal));
    try {
      const inbound = createFailureInterceptor();
      const shared = {
        connection,
        namespace: temporal.namespace,
        identity,
        activities: createSessionActivities(dependencies),
        interceptors: { activity: [() => ({ inbound }), ...(tracing?.worker.activity ?? [])] },
        maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
        maxConcurrentActivityTaskExecutions: WATCHED_SESSIONS,
        shutdownGraceTime: SHUTDOWN_GRACE,
        shutdownForceTime: SHUTDOWN_FORCE,
      };
      workers = await Promise.all(
        [QUEUES.sessions, sessionQueue(desk.workerId)].map((taskQueue) => Worker.create({ ...shared, taskQueue })),
      );
      if (closing.signal.aborted) return;
      client = new Client({
        connection,
        namespace: temporal.namespace,
        ...(tracing !== undefined && { interceptors: { workflow: [tracing.client] } }),
      });
      announcer.retry();
      log.info({ temporal: temporal.address }, 'sessions are told to Temporal');
      await Promise.all(workers.map((worker) => worker.run()));
    } finally {
      client = undefined;
      workers = [];
      await connection.close().catch(() => undefined);
    }
  };
  const serveForEver = async (): Promise<void> => {
    for (let delayMs = FIRST_DELAY_MS; !closing.signal.aborted; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      try {
        await serve();
        delayMs = FIRST_DELAY_MS;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        log.warn({ temporal: temporal.address, error: message }, 'Temporal does not answer; sessions go on without it');
      }
      await clock.sleep(delayMs, closing.signal).catch(() => undefined);
    }
  };
  const serving = serveForEver();

  return {
    async close() {
      closing.abort();
      announcer.close();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.race([serving, clock.sleep(CLOSE_LIMIT_MS)]);
    },
  };
}
