// The names of metrics: those that the dashboard asks for, and those that a worker tells.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkoutFolder } from '../../config/home.ts';

interface Dashboard {
  panels: { targets?: { expr: string }[] }[];
}

/** Every name of a metric in the dashboard's queries, once. */
export function dashboardMetrics(): string[] {
  const file = path.join(checkoutFolder, 'docs', 'grafana-dashboard.json');
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  // Labels in braces and brackets aside, only metrics have these prefixes.
  const names = queries.flatMap(
    (query) => query.match(/\b(digitflow|digits|nodejs|process|temporal)_[a-z0-9_]+/g) ?? [],
  );
  return [...new Set(names)];
}

/** Names in Prometheus' text format, those of a histogram's parts included. */
export function metricNames(text: string): string[] {
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}
