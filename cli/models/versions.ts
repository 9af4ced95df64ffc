// digitflow models list and show: what was published, and what the aliases mean.

import { readAliases } from '../../artifacts/aliases.ts';
import type { ModelVersion } from '../../artifacts/manifests.ts';
import { listModels, listVersions } from '../../artifacts/model-versions.ts';
import { accuracyOf } from '../commands/runs.ts';
import type { CliContext } from '../context.ts';
import { flatten, localTime, percent, size, table } from '../format.ts';
import { runName } from '../runs/run-name.ts';
import { aliasesOf, findVersion } from './find-version.ts';

export async function listEveryVersion(context: CliContext): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const names = await listModels(store);
  const models = await Promise.all(
    names.map(async (name) => {
      const [versions, aliases] = await Promise.all([listVersions(store, name), readAliases(store, name)]);
      return versions.map((version) => ({ version, aliases: aliasesOf(aliases, version.version) }));
    }),
  );
  const all = models.flat();
  terminal.document({
    models: all.map(({ version, aliases }) => ({
      name: version.name,
      version: version.version,
      digest: version.digest,
      aliases,
      accuracy: accuracyIn(version) ?? null,
      createdAt: version.createdAt,
      deletedAt: version.deletedAt ?? null,
      run: version.run.workflowId,
    })),
  });
  if (all.length === 0) return terminal.print('No model yet. Train one with `npx digitflow train`.');
  terminal.print(
    table(
      ['model', 'version', 'aliases', 'accuracy', 'created', 'run'],
      all.map(({ version, aliases }) => [
        version.name,
        String(version.version),
        version.deletedAt === undefined ? terminal.colors.green(aliases.join(', ')) : terminal.colors.dim('withdrawn'),
        accuracyText(version),
        localTime(version.createdAt),
        runName(version.run),
      ]),
    ),
  );
}

export async function showVersion(context: CliContext, model: string, text: string): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  const version = await findVersion(store, model, text);
  const aliases = await readAliases(store, model);
  const meaning = aliasesOf(aliases, version.version);
  const moves = aliases.moves.filter(({ from, to }) => from === version.version || to === version.version);
  terminal.document({ ...version, aliases: meaning, moves });
  const { colors } = terminal;
  const title = colors.bold(`${version.name} version ${version.version}`);
  terminal.print(`${title}  ${colors.green(meaning.join(', '))}`.trimEnd());
  if (version.deletedAt !== undefined) terminal.print(colors.yellow(`withdrawn at ${localTime(version.deletedAt)}`));
  const facts: [string, string][] = [
    ['digest', version.digest],
    ['created', localTime(version.createdAt)],
    ['run', runName(version.run)],
    ['accuracy', accuracyText(version)],
    ['classes', version.classes.join(' ')],
    ['preprocessing', version.preprocessing],
    ['threshold', version.threshold.toFixed(4)],
    ['signed by', version.signature.publicKey],
  ];
  for (const [name, value] of facts) if (value !== '') terminal.print(`  ${name.padEnd(14)} ${value}`);
  terminal.print();
  terminal.print(
    table(
      ['  file', 'size', 'sha256'],
      version.files.map((file) => [`  ${file.path}`, size(file.sizeBytes), file.sha256.slice(0, 16)]),
    ),
  );
  terminal.print();
  terminal.print('  metrics');
  for (const [key, value] of flatten(version.metrics))
    if (typeof value === 'number' || typeof value === 'string')
      terminal.print(`    ${key} ${typeof value === 'number' ? Number(value.toPrecision(6)) : value}`);
  if (moves.length > 0) terminal.print('\n  moves');
  for (const { alias, from, to, at, author, reason } of moves)
    terminal.print(`    ${localTime(at)}  ${alias} ${from ?? 'nothing'} → ${to} by ${author}: ${reason}`);
}

/** Metrics are free JSON: a headline, or the test figures under `test`. */
function accuracyIn({ metrics }: ModelVersion): number | undefined {
  const own = metrics['accuracy'];
  return typeof own === 'number' ? own : accuracyOf(metrics);
}

function accuracyText(version: ModelVersion): string {
  const accuracy = accuracyIn(version);
  return accuracy === undefined ? '' : percent(accuracy);
}
