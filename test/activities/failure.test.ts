import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import { createFailureInterceptor, toFailure } from '../../activities/failure.ts';

class Known extends Error {
  override readonly name = 'Known';
  readonly code = 'Known';
  readonly retryable: boolean;
  constructor(retryable: boolean, options?: ErrorOptions) {
    super('expected a dataset, got nothing', options);
    this.retryable = retryable;
  }
}

const failureOf = (error: unknown, attempt = 1): ApplicationFailure => toFailure(error, attempt) as ApplicationFailure;

describe('an error on its way to Temporal', () => {
  it('keeps its own word on whether another attempt helps, and its code as type', () => {
    expect(failureOf(new Known(false))).toMatchObject({ nonRetryable: true, type: 'Known' });
    expect(failureOf(new Known(true), 50)).toMatchObject({ nonRetryable: false, type: 'Known' });
  });

  it('may be thrown three times when nobody classified it', () => {
    expect([1, 2, 3].map((attempt) => failureOf(new TypeError('x'), attempt).nonRetryable)).toEqual([
      false,
      false,
      true,
    ]);
    expect(failureOf(new TypeError('x')).type).toBe('TypeError');
    expect(failureOf('a text').message).toBe('a text');
  });

  it('of a full disk of the worker is tried again until there is room, and says what to do', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const failure = failureOf(full, 50);
    expect(failure).toMatchObject({ nonRetryable: false, type: 'DiskFull' });
    expect(failure.message).toMatch(/no space left.*expected room on the disk of this worker.*free or add disk space/);
  });

  it('stays small: messages and stacks under 1 KB, causes three deep', () => {
    let error: Error = new Error('root '.repeat(1_000));
    for (let depth = 0; depth < 8; depth++) error = new Error('long '.repeat(1_000), { cause: error });
    const failure = failureOf(error);
    expect(failure.message.length).toBeLessThanOrEqual(1_000);
    expect(failure.stack!.length).toBeLessThanOrEqual(1_000);
    let depth = 0;
    for (let cause = failure.cause; cause !== undefined; cause = cause.cause as Error | undefined) depth++;
    expect(depth).toBe(3);
  });

  it('carries details and the delay it asks for', () => {
    const held = Object.assign(new Known(true), { nextRetryDelayMs: 2_000, details: { first: ['a.png'] } });
    expect(failureOf(held)).toMatchObject({ nextRetryDelay: 2_000, details: [{ first: ['a.png'] }] });
  });

  it('lets cancellations and failures through untouched: Temporal knows only those', () => {
    const cancelled = new CancelledFailure('paused');
    const failure = ApplicationFailure.nonRetryable('x');
    expect(toFailure(cancelled, 1)).toBe(cancelled);
    expect(toFailure(failure, 1)).toBe(failure);
  });
});

describe('the interceptor around activities', () => {
  const failing = (interceptor: ActivityInboundCallsInterceptor, activityId: string, error?: Error) =>
    new MockActivityEnvironment({ activityId, attempt: 9 })
      .run(() =>
        interceptor.execute!({ args: [], headers: {} }, () => (error ? Promise.reject(error) : Promise.resolve())),
      )
      .then(
        () => 'done',
        (thrown: unknown) => ((thrown as ApplicationFailure).nonRetryable ? 'for good' : 'again'),
      );

  it('counts unclassified errors, not attempts: those that lost their worker say nothing against the step', async () => {
    const interceptor = createFailureInterceptor();
    const unknown = new TypeError('x');
    const passing = new Known(true);
    expect(await failing(interceptor, 'train', unknown)).toBe('again');
    expect(await failing(interceptor, 'train', passing)).toBe('again');
    expect(await failing(interceptor, 'train', unknown)).toBe('again');
    expect(await failing(interceptor, 'other', unknown)).toBe('again');
    expect(await failing(interceptor, 'train', unknown)).toBe('for good');
  });

  it('forgets what happened before a success, and all but the youngest thousand activities', async () => {
    const interceptor = createFailureInterceptor();
    const unknown = new TypeError('x');
    for (let i = 0; i < 2; i++) await failing(interceptor, 'train', unknown);
    await failing(interceptor, 'train');
    for (let i = 0; i < 2; i++) expect(await failing(interceptor, 'train', unknown)).toBe('again');
    for (let i = 0; i < 1_000; i++) await failing(interceptor, `other ${i}`, unknown);
    expect(await failing(interceptor, 'train', unknown)).toBe('again');
  });
});
