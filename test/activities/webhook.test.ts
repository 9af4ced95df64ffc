import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createWebhook,
  InvalidWebhookSecret,
  webhookSigner,
  type WebhookNotDelivered,
} from '../../activities/webhook.ts';
import { InvalidWorkerSettings, workerSettings } from '../../workers/settings.ts';
import type { Notice } from '../../workflows/contract.ts';

/** The example of the specification. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const notice: Notice = {
  id: 'published-digits-3-abc',
  at: '2026-11-26T08:00:00.000Z',
  type: 'model.published',
  data: {
    run: 'a-run',
    model: { name: 'digits', version: 3, digest: 'abc' },
    gate: 'promoted',
    verdict: 'better',
    accuracy: 0.99,
  },
};

describe('a signature', () => {
  test('is that of the specification’s example', () => {
    const content = 'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}';
    expect(webhookSigner(SECRET)(content)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  test('by Ed25519 holds under the public half, from a seed alone or with the half behind it', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    const publicKey = createPublicKey(privateKey);
    const half = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    for (const bytes of [seed, Buffer.concat([seed, half])]) {
      const [version, signature = ''] = webhookSigner(`whsk_${bytes.toString('base64')}`)('content').split(',');
      expect(version).toBe('v1a');
      expect(verify(null, Buffer.from('content'), publicKey, Buffer.from(signature, 'base64'))).toBe(true);
    }
  });

  test('is not made with a secret that is none, which is never shown', () => {
    for (const secret of ['', 'plain-text-secret', 'whsec_c2hvcnQ=', `whsk_${'A'.repeat(20)}`, 'whsec_not base64!']) {
      expect(() => webhookSigner(secret)).toThrow(InvalidWebhookSecret);
      if (secret !== '') expect(() => webhookSigner(secret)).not.toThrow(new RegExp(secret.slice(6)));
    }
  });
});

describe('a webhook', () => {
  let server: http.Server;
  let url: string;
  let status = 204;
  const got: { headers: http.IncomingHttpHeaders; body: string }[] = [];
  beforeEach(async () => {
    got.length = 0;
    status = 204;
    server = http.createServer((request, response) => {
      let body = '';
      request.on('data', (text) => (body += String(text)));
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        response.writeHead(status, { location: '/elsewhere' }).end('an answer');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/secret-path`;
  });
  afterEach(() => void server.close());

  const webhook = (nowMs = 1_000_500) => createWebhook({ url, secret: SECRET, clock: { now: () => nowMs } });

  test('gets a signed body; each try bears the same id and the time of its own', async () => {
    await webhook().send(notice);
    await webhook(9_000_000).send(notice);
    const [first, second] = got;
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = first!.headers;
    expect(JSON.parse(first!.body)).toEqual({ type: notice.type, timestamp: notice.at, data: notice.data });
    expect(timestamp).toBe('1000');
    expect(signature).toBe(webhookSigner(SECRET)(`${String(id)}.${String(timestamp)}.${first!.body}`));
    expect(second!.headers).toMatchObject({ 'webhook-id': id, 'webhook-timestamp': '9000' });
    expect(second!.body).toBe(first!.body);
  });

  test('that does not take it is tried again, unless it is gone; its path is told to nobody', async () => {
    const failureOf = async (answer: number): Promise<WebhookNotDelivered> => {
      status = answer;
      return webhook()
        .send(notice)
        .then(
          () => expect.fail('it was taken'),
          (error: unknown) => error as WebhookNotDelivered,
        );
    };
    for (const answer of [302, 400, 429, 500]) {
      const failure = await failureOf(answer);
      expect(failure).toMatchObject({ name: 'WebhookNotDelivered', retryable: true });
      expect(failure.message).toContain(`status ${answer}`);
      expect(failure.message).not.toContain('secret-path');
    }
    expect(await failureOf(410)).toMatchObject({ retryable: false });
    expect(got).toHaveLength(5); // no redirect was followed
    server.close();
    server.closeAllConnections();
    expect(await failureOf(200)).toMatchObject({ retryable: true });
  });
});

describe('the settings of a webhook', () => {
  const read = (variables: NodeJS.ProcessEnv) => workerSettings(variables).webhook;

  test('are off by default, and need a secret and https', () => {
    const url = 'https://hooks.example/a-secret-path';
    expect(read({})).toBeUndefined();
    expect(read({ DIGITFLOW_WEBHOOK_URL: url, DIGITFLOW_WEBHOOK_SECRET: SECRET })).toEqual({ url, secret: SECRET });
    expect(read({ DIGITFLOW_WEBHOOK_URL: 'http://127.0.0.1:1/', DIGITFLOW_WEBHOOK_SECRET: SECRET })).toBeDefined();
    for (const variables of [
      { DIGITFLOW_WEBHOOK_URL: url },
      { DIGITFLOW_WEBHOOK_URL: 'http://hooks.example/a-secret-path', DIGITFLOW_WEBHOOK_SECRET: SECRET },
      { DIGITFLOW_WEBHOOK_URL: 'no address, a-secret-path', DIGITFLOW_WEBHOOK_SECRET: SECRET },
    ]) {
      expect(() => read(variables)).toThrow(InvalidWorkerSettings);
      expect(() => read(variables)).not.toThrow(/secret-path/);
    }
  });
});
