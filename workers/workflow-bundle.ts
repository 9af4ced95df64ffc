// The workflows as Temporal's sandbox loads them. Bundling takes 1–1.5 s and leaves a bundler's memory behind, so a process
// of its own does it, once for equal sources.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const run = promisify(execFile);

/** Spans of a workflow, its activities, updates and signals. They decide nothing: histories go on with them and without. */
const TRACING_INTERCEPTORS = '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors';

export interface WorkflowBundleOptions {
  /** With spans, which go to the sinks of the worker's tracing. @default false */
  traced?: boolean;
}

/** Fails when workflow code reaches what the sandbox lacks, e.g. node modules or activities as values. */
export function bundleWorkflows(
  workflowsPath: string,
  { traced = false }: WorkflowBundleOptions = {},
): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath,
    ...(traced && { workflowInterceptorModules: [createRequire(import.meta.url).resolve(TRACING_INTERCEPTORS)] }),
    logger: new DefaultLogger('WARN'),
  });
}

/**
 * The path of a bundle of the checkout's workflows, made where it is missing.
 * Only types reach workflows from other folders, so their own sources and the lock file name the bundle.
 */
export async function cachedWorkflowBundle(
  root: string,
  { traced = false }: WorkflowBundleOptions = {},
): Promise<string> {
  const folder = path.join(root, 'workflows');
  const hash = createHash('sha256').update(await readFile(path.join(root, 'package-lock.json')));
  for (const file of (await readdir(folder)).sort())
    hash.update(`\n${file}\n`).update(await readFile(path.join(folder, file)));
  const cache = path.join(root, 'node_modules', '.cache', 'digitflow', 'workflows');
  const bundle = path.join(cache, `${hash.digest('hex').slice(0, 32)}${traced ? '-traced' : ''}.js`);
  const isThere = await access(bundle).then(
    () => true,
    () => false,
  );
  if (isThere) return bundle;
  await mkdir(cache, { recursive: true });
  const program = path.join(root, 'workers', 'bundle-workflows.ts');
  const words = [program, path.join(folder, 'index.ts'), bundle, ...(traced ? ['traced'] : [])];
  await run(process.execPath, ['--import', 'tsx', ...words], { cwd: root });
  return bundle;
}
