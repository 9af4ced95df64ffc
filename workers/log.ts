// The log of a worker: JSON lines on stdout, which the supervisor keeps in a file.

import { pino } from 'pino';

export const log = pino({ level: process.env['DIGITFLOW_LOG_LEVEL'] ?? 'info', base: { pid: process.pid } });
