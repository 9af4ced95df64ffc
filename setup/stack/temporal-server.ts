// Temporal's development server as a part: one program with server, web UI and a SQLite file.

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TemporalConnection } from '../../config/connection.ts';
import type { Environment } from '../../config/home.ts';
import { serverEnvironment } from './environment.ts';
import type { Report } from './events.ts';
import { ensureFolder, writeWhole } from './files.ts';
import type { PartSpec } from './part.ts';
import { listensOn } from './port-owner.ts';
import { LOOPBACK, type Ports } from './ports.ts';
import type { StackPaths } from './stack-paths.ts';
import { addSearchAttributes, cliTypeOf, openTemporal, type SearchAttributes } from './temporal-client.ts';
import { waitUntil } from './wait-until.ts';

/** A cold start on a busy machine with two cores takes up to ten seconds; beyond a minute it hangs. */
const READY_TIMEOUT_MS = 60_000;

export interface TemporalServer {
  spec: PartSpec;
  /** Known once the part is ready. */
  connection(): TemporalConnection;
}

export function temporalServer(options: {
  executable: string;
  paths: StackPaths;
  ports: Ports;
  environment: Environment;
  searchAttributes: SearchAttributes;
  report: Report;
}): TemporalServer {
  const { executable, paths, environment, searchAttributes, report } = options;
  const database = join(paths.temporal, 'temporal.sqlite');
  const completeMark = join(paths.temporal, 'complete');
  let ports: { temporal: number; temporalUi: number } | undefined;
  const known = (): { temporal: number; temporalUi: number } => {
    if (ports === undefined) throw new Error('expected the ports of Temporal to be chosen before they are asked for');
    return ports;
  };
  const connection = (): TemporalConnection => ({
    address: `${LOOPBACK}:${known().temporal}`,
    namespace: 'default',
    uiUrl: `http://${LOOPBACK}:${known().temporalUi}`,
  });

  const spec: PartSpec = {
    name: 'temporal',
    stopGraceMs: 2_000, // it ends within some 1,000 ms; SQLite survives a SIGKILL
    async command(failedStarts) {
      // Once it was ready its ports stay: the workers know them.
      if (ports === undefined || failedStarts > 0) ports = await choosePorts(options.ports, failedStarts, report);
      ensureFolder(paths.temporal);
      if (!existsSync(completeMark)) removeDatabase(database);
      const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
        '--search-attribute',
        `${name}=${cliTypeOf(type)}`,
      ]);
      const flags = Object.entries({
        ip: LOOPBACK,
        port: ports.temporal,
        'ui-port': ports.temporalUi,
        'db-filename': database,
        'sqlite-pragma': 'journal_mode=wal', // readers and the writer don't wait for each other
      }).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
      return {
        command: executable,
        args: ['server', 'start-dev', ...flags, ...attributes],
        env: serverEnvironment(environment),
      };
    },
    async ready(child, signal) {
      const wait = { timeoutMs: READY_TIMEOUT_MS, signal };
      // Another's server may answer at the port; ours then ends, as it can't have it. And gRPC waits a second after a
      // refused connection: asking for the port first finds the server some 900 ms sooner.
      for (const port of Object.values(known())) {
        const listens = async () => (await listensOn(child.pid, port)) !== false;
        await waitUntil(listens, { ...wait, what: `Temporal to listen on ${port}` });
      }
      const client = await waitUntil(() => openTemporal(connection()), { ...wait, what: 'Temporal to answer' });
      try {
        // The flags register attributes in a new database only: one made by an older version lacks the newer ones.
        await waitUntil(async () => (await addSearchAttributes(client, searchAttributes), true), {
          ...wait,
          what: 'Temporal to hold the search attributes',
        });
      } finally {
        await client.connection.close();
      }
      await waitUntil(async () => (await fetch(connection().uiUrl!, { signal })).ok, {
        ...wait,
        what: "Temporal's web UI",
      });
      writeWhole(completeMark, '');
      return { url: connection().uiUrl };
    },
  };
  return { spec, connection };
}

async function choosePorts(ports: Ports, failedStarts: number, report: Report) {
  const frontend = await ports.choose('temporal', { skip: failedStarts });
  const ui = await ports.choose('temporalUi', { skip: failedStarts, taken: [frontend.port] });
  for (const [part, { wanted, port }] of Object.entries({ temporal: frontend, 'temporal UI': ui })) {
    if (port !== wanted) report({ kind: 'portTaken', part, wanted, got: port });
  }
  return { temporal: frontend.port, temporalUi: ui.port };
}

/** The server lays out a missing database only; one whose making was cut short would never work. */
function removeDatabase(database: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${database}${suffix}`, { force: true });
}
