// Tells somebody's server what happened, signed by the Standard Webhooks specification (v1: HMAC-SHA256, v1a: Ed25519). It
// knows nothing of Temporal: who tries again, and how long, is the workflow's table.

import { createHash, createHmac, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Clock } from '../artifacts/clock.ts';
import type { Notice } from '../workflows/contract.ts';

/** A receiver that takes longer does its work before it answers; it should not. */
const LIMIT_MS = 15_000;
/** It wants nothing more, ever. */
const GONE = 410;

/** Thrown when a secret is none that the specification knows. Never shows it. */
export class InvalidWebhookSecret extends Error {
  override readonly name = 'InvalidWebhookSecret';
  readonly retryable = false;
  constructor() {
    super('expected the secret of the webhook as whsec_… (24 to 64 bytes) or whsk_… (an Ed25519 key), both in base64');
  }
}

/** Thrown when the receiver did not say that it has it. Names its host alone: paths of webhooks are secrets, too. */
export class WebhookNotDelivered extends Error {
  override readonly name = 'WebhookNotDelivered';
  readonly retryable: boolean;
  constructor(host: string, got: string, { isGone = false, ...options }: ErrorOptions & { isGone?: boolean } = {}) {
    super(`webhook to ${host}: expected a status from 200 to 299, got ${got}`, options);
    this.retryable = !isGone;
  }
}

/** Thrown when the worker that took the notice has no webhook: another one has. */
export class NoWebhook extends Error {
  override readonly name = 'NoWebhook';
  readonly retryable = true;
  constructor() {
    super('expected DIGITFLOW_WEBHOOK_URL of the pipeline worker, got none: all workers of a queue need the same');
  }
}

export interface Webhook {
  /**
   * Safe to repeat: every delivery of a notice bears the same `webhook-id`, by which receivers know it.
   * @throws WebhookNotDelivered
   */
  send(notice: Notice, signal?: AbortSignal): Promise<void>;
}

export interface WebhookOptions {
  url: string;
  /** `whsec_…` or `whsk_…`. */
  secret: string;
  clock: Pick<Clock, 'now'>;
}

/** @throws InvalidWebhookSecret */
export function createWebhook({ url, secret, clock }: WebhookOptions): Webhook {
  const signature = webhookSigner(secret);
  const { host } = new URL(url);
  return {
    async send({ id: event, type, at, data }, signal) {
      const id = `msg_${createHash('sha256').update(event).digest('hex').slice(0, 32)}`;
      const body = JSON.stringify({ type, timestamp: at, data });
      const timestamp = String(Math.floor(clock.now() / 1_000)); // of this try: receivers refuse old ones
      const limit = AbortSignal.timeout(LIMIT_MS);
      let answer: Response;
      try {
        answer = await fetch(url, {
          method: 'POST',
          redirect: 'manual', // a signed word goes to whom it was meant for
          signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
          headers: {
            'content-type': 'application/json',
            'user-agent': 'digitflow',
            'webhook-id': id,
            'webhook-timestamp': timestamp,
            'webhook-signature': signature(`${id}.${timestamp}.${body}`),
          },
          body,
        });
      } catch (error) {
        signal?.throwIfAborted();
        const { message, cause } = error as Error;
        throw new WebhookNotDelivered(host, cause instanceof Error ? cause.message : message);
      }
      await answer.body?.cancel();
      if (answer.ok) return;
      throw new WebhookNotDelivered(host, `status ${answer.status}`, { isGone: answer.status === GONE });
    },
  };
}

/** @returns a function from `id.timestamp.body` to the value of the header @throws InvalidWebhookSecret */
export function webhookSigner(secret: string): (content: string) => string {
  const [, kind, text = ''] = /^(whsec|whsk)_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(text, 'base64');
  if (kind === 'whsec' && bytes.byteLength >= 24 && bytes.byteLength <= 64)
    return (content) => `v1,${createHmac('sha256', bytes).update(content).digest('base64')}`;
  if (kind === 'whsk' && (bytes.byteLength === 32 || bytes.byteLength === 64)) {
    const key = ed25519Key(bytes.subarray(0, 32)); // the public half may stand behind it
    return (content) => `v1a,${sign(null, Buffer.from(content), key).toString('base64')}`;
  }
  throw new InvalidWebhookSecret();
}

/** PKCS #8 around a seed. */
function ed25519Key(seed: Uint8Array): KeyObject {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
}
