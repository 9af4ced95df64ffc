// When a schedule starts runs, in words.

import type { ScheduleRecord } from '../../artifacts/manifests.ts';
import { duration } from '../format.ts';

/** e.g. `0 3 * * * (Europe/Berlin)`, `every 6h`. */
export function timesText({ cron, everySeconds, timezone }: ScheduleRecord): string {
  const words = [
    ...(everySeconds === undefined ? [] : [`every ${duration(everySeconds)}`]),
    ...cron.map((expression) => `${expression} (${timezone})`),
  ];
  return words.join(', ');
}
