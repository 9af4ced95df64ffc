// The client of Temporal, opened for one command.

import { connect } from 'node:net';
import type { Client, Connection, WorkflowClientInterceptor } from '@temporalio/client';
import type { TemporalConnection } from '../config/connection.ts';
import { temporalOptions } from '../config/temporal.ts';
import { TemporalRefused, TemporalUnreachable } from './errors.ts';

/** Long enough for a server that is just starting, short enough for a person who waits. */
const CONNECT_TIMEOUT_MS = 5_000;

/** gRPC's codes for a caller who may not, or whom nobody knows. */
const REFUSALS = new Set<unknown>([7, 16]);

export interface TemporalSession {
  client: Client;
  namespace: string;
  /** A page of one run in the web UI; undefined where no UI is known. */
  runUrl(workflowId: string, runId?: string): string | undefined;
  close(): Promise<void>;
}

/**
 * @param interceptor of whoever traces what is asked of workflows
 * @throws TemporalUnreachable, TemporalRefused, InvalidTemporalSettings
 */
export async function connectTemporal(
  temporal: TemporalConnection,
  interceptor?: WorkflowClientInterceptor,
): Promise<TemporalSession> {
  const { address, namespace, uiUrl } = temporal;
  const options = { ...temporalOptions(temporal), connectTimeout: CONNECT_TIMEOUT_MS };
  const loading = import('../setup/stack/temporal-library.ts');
  let connection: Connection;
  try {
    await knock(address);
    connection = await (await loading).Connection.connect(options);
  } catch (error) {
    const isRefusal = [error, (error as Error).cause].some((each) => REFUSALS.has((each as { code?: unknown })?.code));
    throw new (isRefusal ? TemporalRefused : TemporalUnreachable)(address, { cause: error });
  }
  return {
    client: new (await loading).Client({
      connection,
      namespace,
      ...(interceptor !== undefined && { interceptors: { workflow: [interceptor] } }),
    }),
    namespace,
    runUrl: (workflowId, runId) => runUrl({ uiUrl, namespace, workflowId, ...(runId !== undefined && { runId }) }),
    close: () => connection.close(),
  };
}

/** The client would try a closed port again and again until its timeout; a person need not wait for that. */
function knock(address: string): Promise<void> {
  const [, host = address, port = '7233'] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once('connect', () => end());
    socket.once('error', end);
    socket.once('timeout', () => end(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`)));
  });
}

export function runUrl(place: {
  uiUrl: string | undefined;
  namespace: string;
  workflowId: string;
  runId?: string;
}): string | undefined {
  if (place.uiUrl === undefined) return undefined;
  const parts = [place.namespace, 'workflows', place.workflowId, ...(place.runId === undefined ? [] : [place.runId])];
  return `${place.uiUrl}/namespaces/${parts.map(encodeURIComponent).join('/')}`;
}
