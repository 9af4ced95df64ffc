import path from 'node:path';
import { expect, it } from 'vitest';
import { checkoutFolder } from '../../config/home.ts';
import { bundleWorkflows } from '../../workers/workflow-bundle.ts';

it('bundles every workflow: none reaches node modules, or activities as values', async () => {
  const { code } = await bundleWorkflows(path.join(checkoutFolder, 'workflows', 'index.ts'));
  expect(code).toContain('trainPipeline');
  expect(code).toContain('predictionSession');
  expect(code).not.toContain('createActivities');
  expect(code).not.toContain('createSessionActivities');
});
