import { expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import { openTestStore, sharedMinio } from './minio.ts';
import { connectToSharedTemporal, sharedTemporal } from './temporal.ts';

it('gives every test file the same MinIO and each store a bucket of its own', async () => {
  const [first, second] = await Promise.all([sharedMinio(), sharedMinio()]);
  expect(second).toEqual(first);
  const [one, other] = await Promise.all([openTestStore(), openTestStore()]);
  await one.put('key', Buffer.from('x'));
  expect(await other.get('key')).toBeUndefined();
});

it('gives every test file the same Temporal, with our search attributes registered', async () => {
  expect(await sharedTemporal()).toEqual(await sharedTemporal());
  const { connection, namespace } = await connectToSharedTemporal();
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  } finally {
    await connection.close();
  }
});
