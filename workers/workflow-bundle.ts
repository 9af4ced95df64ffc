// The workflows as Temporal's sandbox loads them.

import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

/** Takes 1–1.5 s. Fails when workflow code reaches what the sandbox lacks, e.g. node modules or activities as values. */
export function bundleWorkflows(workflowsPath: string): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
}
