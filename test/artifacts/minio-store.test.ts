import { describeStore } from '../contracts/store-contract.ts';
import { sharedMinio } from '../support/minio.ts';
import { s3UnderTest } from '../support/s3-under-test.ts';

describeStore('MinIO', { wire: true, credentials: true }, async () => s3UnderTest(await sharedMinio()));
