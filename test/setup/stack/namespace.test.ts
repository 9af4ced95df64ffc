// What a Temporal of one's own lacks is made, and made once, on a real server.

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  addSearchAttributes,
  ensureNamespace,
  missingSearchAttributes,
  openTemporal,
} from '../../../setup/stack/temporal-client.ts';
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.ts';
import { sharedTemporal } from '../../support/temporal.ts';
import { until } from '../../support/until.ts';

test('a namespace is made where it is missing, with its retention, and then takes the search attributes', async () => {
  const { address } = await sharedTemporal();
  const namespace = `made-${randomBytes(4).toString('hex')}`;
  const client = await openTemporal({ address, namespace, uiUrl: undefined });
  try {
    await Promise.all([ensureNamespace(client, 3), ensureNamespace(client, 3)]);
    await ensureNamespace(client, 30); // stays as it was made
    const { config } = await until(() => client.connection.workflowService.describeNamespace({ namespace }));
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(3 * 86_400);
    const hold = async (): Promise<boolean> => {
      await addSearchAttributes(client, SEARCH_ATTRIBUTES);
      return Object.keys(await missingSearchAttributes(client, SEARCH_ATTRIBUTES)).length === 0;
    };
    expect(await until(hold)).toBe(true);
  } finally {
    await client.connection.close();
  }
});
