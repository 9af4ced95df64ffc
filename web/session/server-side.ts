// The worker's half of reading: sends one frame of a feed within the credit, and takes what comes back for it.

import type { ResultMessage } from '../../inference/protocol.ts';
import type { Connection } from './connection.ts';
import { createCredit } from './credit.ts';
import type { Feed, FrameResult } from './frame-result.ts';
import { createLineSpeed } from './line-speed.ts';
import { encodeFrame } from './wire.ts';

interface Sent {
  feed: Feed;
  size: { width: number; height: number };
}

export interface ServerSideOptions {
  connection: Pick<Connection, 'sendFrame' | 'bufferedBytes'>;
  /** @default () => performance.now() */
  now?: () => number;
}

export interface ServerSide {
  /** A new connection with that credit; 0 when it is gone. */
  reset(credit: number): void;
  /** Whether `send` would send now. */
  mayTake(): boolean;
  waitingMs(): number;
  /**
   * Making the frame takes a while; `isWanted` is asked again before it leaves the page.
   * @returns false when nothing was sent
   */
  send(feed: Feed, isWanted: () => boolean): Promise<boolean>;
  /** @returns the result with the feed it is about; undefined when it was not on its way */
  result(message: ResultMessage): { result: FrameResult; feed: Feed } | undefined;
  /** @returns how many of them were on their way */
  dropped(seqs: readonly number[]): number;
  format(): 'gray8' | 'jpeg';
}

export function createServerSide({ connection, now = () => performance.now() }: ServerSideOptions): ServerSide {
  const credit = createCredit();
  const line = createLineSpeed();
  const sent = new Map<number, Sent>();
  let seq = 0;
  let isMaking = false;
  let last = { sentMs: 0, sizeBytes: 0 };

  return {
    reset(limit) {
      credit.reset(limit);
      sent.clear();
      line.reset();
    },
    mayTake() {
      if (isMaking || !credit.mayOpen()) return false;
      const held = connection.bufferedBytes();
      if (held === 0) return true;
      const nowMs = now();
      line.stillHolds({ drainedBytes: last.sizeBytes - held, inMs: nowMs - last.sentMs, nowMs });
      return false; // what would wait there is newer when it goes later
    },
    waitingMs: () => credit.waitingMs(now()),
    async send(feed, isWanted) {
      isMaking = true;
      try {
        const captureMs = feed.captureMs();
        const picture = await feed.server(line.format(now()));
        if (!isWanted() || !credit.mayOpen()) return false; // hidden, or the connection went meanwhile
        const bytes = encodeFrame({ ...picture, seq, captureMs });
        if (!connection.sendFrame(bytes)) return false;
        last = { sentMs: now(), sizeBytes: bytes.length };
        credit.open(seq, last);
        sent.set(seq, { feed, size: { width: picture.width, height: picture.height } });
        seq = (seq + 1) >>> 0;
        return true;
      } finally {
        isMaking = false;
      }
    },
    result({ seq: answered, captureMs, decision, digits, model, ms }) {
      const onItsWay = credit.close(answered);
      const about = sent.get(answered);
      sent.delete(answered);
      if (onItsWay === undefined || about === undefined) return undefined;
      const answeredMs = now();
      const roundTripMs = answeredMs - onItsWay.sentMs;
      line.answered({ sizeBytes: onItsWay.sizeBytes, lineMs: roundTripMs - ms.total, nowMs: answeredMs });
      const { size, feed } = about;
      return {
        feed,
        result: {
          seq: answered,
          by: 'server',
          captureMs,
          answeredMs,
          roundTripMs,
          size,
          decision,
          digits,
          model,
        },
      };
    },
    dropped(seqs) {
      for (const one of seqs) sent.delete(one);
      return seqs.filter((one) => credit.close(one) !== undefined).length;
    },
    format: () => line.format(now()),
  };
}
