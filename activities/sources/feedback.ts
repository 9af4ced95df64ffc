// What people corrected on the page, as a dataset: the crops with their true labels, one group a session. Which ones is
// decided by the worker that lists them; this source reads exactly those.

import { createHash } from 'node:crypto';
import { canonicalJson } from '../../artifacts/canonical.ts';
import type { PinnedCorrection } from '../../artifacts/feedback-list.ts';
import { parseCorrection } from '../../artifacts/manifests.ts';
import { EmptyDataset, SourceChanged, WrongClassCount } from '../errors.ts';
import { decodeInOrder, type RawItem } from './decode-in-order.ts';
import { sortClasses, type Source, type SourceContext } from './source.ts';

/** Small objects: what costs time is the way to the store and back. */
const READ_AT_ONCE = 8;
/** Train, validation and test need one session each: a split never parts the samples of one. */
const LEAST_SESSIONS = 3;

const HOW_TO_COLLECT =
  'turn on Teach on the page (`npx digitflow start`), correct what the model reads wrong, and look at the result with ' +
  '`npx digitflow feedback`';

export interface FeedbackSourceOptions {
  /** Oldest first. */
  corrections: readonly PinnedCorrection[];
  /** What they were chosen by, for messages. */
  only: { since?: string | undefined; model?: string | undefined };
}

/** @throws (from `open`) EmptyDataset, WrongClassCount; (while reading) SourceChanged when one was deleted meanwhile */
export function feedbackSource({ corrections, only }: FeedbackSourceOptions): Source {
  return {
    kind: 'feedback',
    name: 'feedback',
    splitHints: false,
    async identity() {
      const listing = createHash('sha256');
      for (const { id, cropSha256, label, session } of corrections)
        listing.update(`${canonicalJson([id, cropSha256, label, session])}\n`);
      return { kind: 'feedback', corrections: corrections.length, listing: listing.digest('hex') };
    },
    async open(context) {
      const chosen = [
        only.since === undefined ? '' : ` since ${only.since}`,
        only.model === undefined ? '' : ` of model ${only.model}`,
      ].join('');
      if (corrections.length === 0)
        throw new EmptyDataset(`feedback: expected corrections${chosen}, got none; ${HOW_TO_COLLECT}`);
      const classes = sortClasses(corrections.map(({ label }) => label));
      if (classes.length < 2)
        throw new WrongClassCount(
          `feedback: expected corrections${chosen} with at least 2 different labels, got ${corrections.length} with ${classes[0]}; ${HOW_TO_COLLECT}`,
        );
      const sessions = new Set(corrections.map(({ session }) => session)).size;
      if (sessions < LEAST_SESSIONS)
        context.warn(
          `corrections of ${sessions} session(s): a split that keeps sessions whole needs ${LEAST_SESSIONS}; ` +
            'preprocess.split=random parts them, and then measures too well',
        );
      return {
        classes,
        parts: [{ name: 'feedback', kind: 'feedback', licences: [] }],
        complete: true,
        total: corrections.length,
        items: () => decodeInOrder(readCorrections(corrections, context), { source: 'feedback', pool: context.pool }),
      };
    },
  };
}

async function* readCorrections(
  corrections: readonly PinnedCorrection[],
  context: SourceContext,
): AsyncGenerator<RawItem> {
  for (let from = 0; from < corrections.length; from += READ_AT_ONCE) {
    context.signal.throwIfAborted();
    yield* await Promise.all(corrections.slice(from, from + READ_AT_ONCE).map((each) => readOne(each, context)));
  }
}

async function readOne({ id, record }: PinnedCorrection, context: SourceContext): Promise<RawItem> {
  const bytes = await context.read(record).catch((cause: unknown) => {
    // A record never changes: one that is not there as it was listed has been deleted, or will be listed otherwise.
    if (cause instanceof Error && cause.name === 'DamagedArtifact')
      throw new SourceChanged(`feedback ${id}: expected the correction that was listed, got it deleted meanwhile`, {
        cause,
      });
    throw cause;
  });
  const { label, session, crop } = parseCorrection(bytes, record.key);
  return { name: id, className: label, group: `session ${session}`, bytes: Buffer.from(crop.png, 'base64') };
}
