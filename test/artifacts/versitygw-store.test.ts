// The same promises by a server of another maker: what holds for MinIO alone would be no contract with S3.

import { it } from 'vitest';
import { describeStore } from '../contracts/store-contract.ts';
import { ExecutableMissing, findExecutable } from '../support/executable.ts';
import { s3UnderTest } from '../support/s3-under-test.ts';
import { startVersitygw } from '../support/start-versitygw.ts';

function whyMissing(): string | undefined {
  try {
    findExecutable('versitygw', 'DIGITFLOW_VERSITYGW');
    return undefined;
  } catch (error) {
    if (error instanceof ExecutableMissing) return error.message;
    throw error;
  }
}

const missing = whyMissing();
if (missing === undefined)
  describeStore('versitygw', { wire: true, credentials: true }, async () => {
    const server = await startVersitygw();
    const subject = await s3UnderTest(server);
    return { ...subject, close: () => Promise.all([subject.close?.(), server.stop()]).then(() => undefined) };
  });
else it.skip(`store contract: versitygw (${missing})`, () => undefined);
