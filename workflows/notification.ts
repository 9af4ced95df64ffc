// Tells somebody's server what happened, in a workflow of its own: tried for a day while the run goes on, or has ended.

import { ParentClosePolicy, startChild, CancellationScope } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import { QUEUES, type Notice } from './contract.ts';
import * as steps from './steps.ts';

/** One notice. Its workflow id is the notice's, so that none is sent by two. */
export async function notification(notice: Notice): Promise<void> {
  await steps.notify({ notice });
}

/** Begins to tell; a run that is being cancelled tells all the same. Told once, also when a run was reset. */
export async function tell(notice: Notice): Promise<void> {
  try {
    await CancellationScope.nonCancellable(() =>
      startChild(notification, {
        args: [notice],
        workflowId: `notification-${notice.id}`,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        taskQueue: QUEUES.pipeline,
        staticSummary: `tells the webhook: ${notice.type}`,
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
