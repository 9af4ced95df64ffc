// node --import tsx workers/replay-open.ts: replays every open workflow of the connected Temporal with the workflows of this
// checkout, and writes what came out as one JSON document. `digitflow doctor --replay` runs it before a deploy.

import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { resolveTemporal } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { checkoutFolder, homeFolder, homePaths } from '../config/home.ts';
import { temporalOptions } from '../config/temporal.ts';
import { replayHistories, type Replayed } from './replay-histories.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const paths = homePaths(homeFolder(process.env));
const temporal = resolveTemporal(process.env, readEndpoints(paths.endpoints), paths);
const connection = await Connection.connect(temporalOptions(temporal));
const client = new Client({ connection, namespace: temporal.namespace });
const open = client.workflow.list({ query: "ExecutionStatus = 'Running'" });
const replayed: Replayed[] = [];
for await (const one of replayHistories(checkoutFolder, open.intoHistories())) replayed.push(one);
process.stdout.write(`${JSON.stringify({ replayed })}\n`);
await connection.close();
process.exit(0);
