// What corrections must do over every store.

import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../artifacts/clock.ts';
import {
  clearCorrections,
  CORRECTION_LIFETIME_DAYS,
  deleteCorrection,
  storeCorrection,
  sweepCorrections,
} from '../../artifacts/feedback.ts';
import { countCorrections, listCorrections, pinCorrections, readCorrection } from '../../artifacts/feedback-list.ts';
import { keys } from '../../artifacts/keys.ts';
import { encodeCorrection, InvalidRecord } from '../../artifacts/manifests.ts';
import type { Store } from '../../artifacts/store.ts';
import { correctionOf } from '../support/corrections.ts';

const START_MS = Date.parse('2026-11-01T12:00:00Z');
const DAY_MS = 86_400_000;

/** @param open a store of its own for each test */
export function describeFeedback(name: string, open: () => Promise<Store>): void {
  describe(`corrections: ${name}`, () => {
    let store: Store;
    let nowMs: number;
    const clock = { ...systemClock, now: () => nowMs };
    beforeEach(async () => {
      store = await open();
      nowMs = START_MS;
    });
    const feedback = () => ({ store, clock });
    const putMany = async (count: number) => {
      const made = Array.from({ length: count }, (_, number) => correctionOf(number, nowMs + number * 1_000));
      for (const each of made) await storeCorrection(store, each);
      return made;
    };
    const listed = async () => (await listCorrections(feedback())).corrections.map(({ id }) => id);
    const objects = async () => {
      const found = [];
      for await (const { key } of store.list(keys.feedback)) found.push(key);
      return found;
    };

    it('gives back what was stored, newest first, a page at a time', async () => {
      const made = await putMany(13);
      const first = await listCorrections(feedback(), { limit: 5 });
      expect(first.corrections).toEqual(made.slice(8).reverse());
      expect(first.total).toBe(13);
      const second = await listCorrections(feedback(), { limit: 5, before: first.next! });
      const third = await listCorrections(feedback(), { limit: 5, before: second.next! });
      expect([...first.corrections, ...second.corrections, ...third.corrections]).toEqual([...made].reverse());
      expect(third.next).toBeUndefined();
      expect(await readCorrection(feedback(), made[3]!.id)).toEqual(made[3]);
      expect(await listCorrections(feedback(), { before: made[0]!.id })).toMatchObject({ corrections: [] });
    });

    it('stores a correction once, however often it is tried', async () => {
      const correction = correctionOf(7, nowMs);
      const answers = await Promise.all(Array.from({ length: 6 }, () => storeCorrection(store, correction)));
      expect(answers).toEqual(Array.from({ length: 6 }, () => 'stored'));
      expect(await objects()).toEqual([keys.correction(correction.id)]);
    });

    it('keeps equal crops with other labels apart: who is right is decided by a person, not by the store', async () => {
      const one = correctionOf(1, nowMs, { label: '1' });
      const seven = correctionOf(2, nowMs, { label: '7', crop: cropOfRecord(one) });
      await storeCorrection(store, one);
      await storeCorrection(store, seven);
      const { corrections } = await listCorrections(feedback());
      expect(corrections.map(({ label }) => label).sort()).toEqual(['1', '7']);
      expect(new Set(corrections.map(({ crop }) => crop.sha256)).size).toBe(1);
    });

    it('deletes record and picture and bars the id for ever, be it stored again a moment or a year later', async () => {
      const [gone, kept] = await putMany(2);
      expect(await deleteCorrection(feedback(), gone!.id)).toBe('deleted');
      expect(await objects()).toEqual([keys.correction(kept!.id), keys.deletedCorrection(gone!.id)]);
      expect(await storeCorrection(store, gone!)).toBe('deleted');
      // A write of the record that was under way all the time lands now.
      await store.put(keys.correction(gone!.id), encodeCorrection(gone!));
      expect(await listed()).toEqual([kept!.id]);
      expect(await readCorrection(feedback(), gone!.id)).toBeUndefined();
      expect((await pinCorrections(feedback())).map(({ id }) => id)).toEqual([kept!.id]);
      expect(await sweepCorrections(feedback())).toEqual({ expired: 0, leftovers: 1 });
      expect(await store.get(keys.correction(gone!.id))).toBeUndefined();
      expect(await deleteCorrection(feedback(), gone!.id)).toBe('deleted');
    });

    it('leaves nothing of a picture in the tombstone, and none for an id that never was', async () => {
      const [gone] = await putMany(1);
      await deleteCorrection(feedback(), gone!.id);
      const tombstone = Buffer.from((await store.get(keys.deletedCorrection(gone!.id)))!.bytes).toString();
      expect(Object.keys(JSON.parse(tombstone) as object).sort()).toEqual(['deletedAt', 'id', 'kind', 'schemaVersion']);
      const unknown = correctionOf(99, nowMs).id;
      expect(await deleteCorrection(feedback(), unknown)).toBe('unknown');
      expect(await store.get(keys.deletedCorrection(unknown))).toBeUndefined();
    });

    it('clears them all', async () => {
      await putMany(20);
      expect(await clearCorrections(feedback())).toBe(20);
      expect([await listed(), await countCorrections(store)]).toEqual([[], 0]);
      expect(await clearCorrections(feedback())).toBe(0);
    });

    it('neither lists nor pins a correction after 90 days, and the sweep removes it', async () => {
      const [old] = await putMany(1);
      nowMs += CORRECTION_LIFETIME_DAYS * DAY_MS - 1;
      const young = correctionOf(50, nowMs);
      await storeCorrection(store, young);
      expect(await listed()).toEqual([young.id, old!.id]);
      expect(await sweepCorrections(feedback())).toEqual({ expired: 0, leftovers: 0 });
      nowMs += 1;
      expect(await listed()).toEqual([young.id]);
      expect(await readCorrection(feedback(), old!.id)).toBeUndefined();
      expect((await pinCorrections(feedback())).map(({ id }) => id)).toEqual([young.id]);
      expect(await sweepCorrections(feedback())).toEqual({ expired: 1, leftovers: 0 });
      expect(await objects()).toEqual([keys.correction(young.id)]);
    });

    it('pins what a dataset is made of by the bytes of each record, oldest first, since a time, of one model', async () => {
      const made = await putMany(4);
      const letters = correctionOf(9, nowMs + 9_000, { model: { ...made[0]!.model, name: 'letters' } });
      await storeCorrection(store, letters);
      const pinned = await pinCorrections(feedback(), { model: 'digits', since: made[1]!.at });
      expect(pinned.map(({ id }) => id)).toEqual(made.slice(1).map(({ id }) => id));
      for (const { record, id } of pinned)
        expect(Buffer.from((await store.get(record.key))!.bytes)).toEqual(
          Buffer.from(encodeCorrection(made.find((each) => each.id === id)!)),
        );
    });

    it('shows all others when one record is damaged, names it, and makes no dataset without it', async () => {
      const made = await putMany(3);
      await store.put(keys.correction(made[1]!.id), Buffer.from('{"half":'));
      const page = await listCorrections(feedback());
      expect(page.corrections.map(({ id }) => id)).toEqual([made[2]!.id, made[0]!.id]);
      expect(page.damaged).toEqual([made[1]!.id]);
      await expect(pinCorrections(feedback())).rejects.toThrow(InvalidRecord);
      await expect(storeCorrection(store, made[1]!)).rejects.toThrow(InvalidRecord);
      await deleteCorrection(feedback(), made[1]!.id);
      expect(await pinCorrections(feedback())).toHaveLength(2);
    });
  });
}

const cropOfRecord = ({ crop: { png, width, height } }: ReturnType<typeof correctionOf>) => ({
  png: Buffer.from(png, 'base64'),
  width,
  height,
});
