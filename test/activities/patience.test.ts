import { expect, it } from 'vitest';
import { openPatience } from '../../activities/patience.ts';
import type { StepProgress } from '../../activities/step.ts';
import { StoreAccessDenied, StoreFull, StoreUnavailable } from '../../artifacts/errors.ts';
import type { ArtifactRef } from '../../artifacts/store.ts';
import { movableClock } from '../support/movable-clock.ts';
import { silentLog } from '../support/silent-log.ts';

const place = { bucket: 'b', key: 'k', operation: 'put' };
const away = (): Error => new StoreUnavailable(place, 'silence');
const ref: ArtifactRef = { key: 'blobs/x', sha256: 'a'.repeat(64), sizeBytes: 1 };

/** A context whose writes fail like this, one after the other, and then succeed. */
function contextThat(...failures: Error[]) {
  const shown: StepProgress[] = [];
  const clock = movableClock();
  const controller = new AbortController();
  let writes = 0;
  const context = {
    signal: controller.signal,
    read: () => Promise.reject(new Error('not here')),
    write: () => {
      const failure = failures[writes++];
      return failure === undefined ? Promise.resolve(ref) : Promise.reject(failure);
    },
    progress: (news: StepProgress) => void shown.push(news),
    warn: () => undefined,
  };
  const { patient } = openPatience(context, { clock, log: silentLog });
  return { patient, shown, clock, controller, writes: () => writes };
}

it('writes at once where nothing fails', async () => {
  const { patient, clock } = contextThat();
  expect(await patient.write(new Uint8Array())).toBe(ref);
  expect(clock.monotonic()).toBe(0);
});

it('waits for a store that is away or full, for minutes, and shows for what', async () => {
  const { patient, shown, clock, writes } = contextThat(
    away(),
    new StoreFull(place),
    ...Array.from({ length: 60 }, away),
  );
  patient.progress({ done: 400, total: 400, unit: 'steps' });
  expect(await patient.write(new Uint8Array())).toBe(ref);
  expect(writes()).toBe(63);
  expect(clock.monotonic()).toBe(1_000 + 2_000 + 4_000 + 59 * 5_000);
  expect(shown[2]).toEqual({
    done: 400,
    total: 400,
    unit: 'steps',
    note: expect.stringMatching(/^waiting for the store: put k .*expected room in the store/) as string,
  });
});

it('passes on at once what does not pass', async () => {
  const { patient, writes } = contextThat(new StoreAccessDenied(place, 'AccessDenied'));
  await expect(patient.write(new Uint8Array())).rejects.toThrow(StoreAccessDenied);
  expect(writes()).toBe(1);
});

it('tries once and no more when the step is being cancelled, and then gives what went wrong', async () => {
  const { patient, controller, writes } = contextThat(away(), away());
  controller.abort(new Error('cancelled'));
  await expect(patient.write(new Uint8Array())).rejects.toThrow(StoreUnavailable);
  expect(writes()).toBe(1);
});
