// A session's frames from their arrival to their one answer: a mailbox of one, at most one being read, and the sequence
// numbers of drops that a slow client hasn't taken yet. Nothing here grows: beyond the credit a frame is a violation.

import type { Clock } from '../../artifacts/clock.ts';
import { SESSION_LIMITS } from '../limits.ts';
import type { DropReason } from '../metrics.ts';
import { CLOSE } from '../protocol.ts';
import type { FrameAnswer, ReadFrameOptions } from '../serving.ts';
import { createBucket } from '../security/bucket.ts';
import type { ReceivedFrame } from './frame-header.ts';
import type { FrameSource, Scheduler } from './scheduler.ts';
import type { SessionLink } from './session-link.ts';

export interface HeldFrame extends ReceivedFrame {
  receivedMs: number;
  /** Who sent it; another page may have the session when it is answered. */
  link: SessionLink;
}

export interface FrameFlowOptions {
  clock: Clock;
  scheduler: Scheduler;
  /** Why no frame is taken at the moment; undefined when frames are taken. */
  refusal: () => DropReason | undefined;
  readOptions: () => ReadFrameOptions;
  /** Sends the result; called for the link in place only. */
  answered: (held: HeldFrame, answer: FrameAnswer) => void;
  /** @returns what the drop counts as */
  failed: (error: unknown) => DropReason;
  /** After a frame was answered or dropped, when none is being read. */
  settled: () => void;
  /** Told of each drop. */
  dropped: (why: DropReason) => void;
}

export interface FrameFlow {
  readonly isQuiet: boolean;
  readonly isReading: boolean;
  receive(frame: ReceivedFrame): void;
  /** Another link, or none, from now on: what stood for the one before is dropped untold. */
  linkChanged(link: SessionLink | undefined): void;
  /** The client takes messages again. */
  drained(): void;
  dropWaiting(why: DropReason): void;
}

export function createFrameFlow(options: FrameFlowOptions): FrameFlow {
  const { clock, scheduler, refusal, readOptions } = options;
  let link: SessionLink | undefined;
  let mailbox: HeldFrame | undefined;
  let reading: HeldFrame | undefined;
  let unsentDrops: number[] = [];
  let violations = 0;
  const perSecond = SESSION_LIMITS.replacementsASecond;
  const replacements = createBucket({ perSecond, burst: perSecond, clock });

  // A frame of a link that is gone is nobody's credit.
  const unanswered = (): number =>
    Number(mailbox !== undefined) + Number(reading !== undefined && reading.link === link) + unsentDrops.length;
  const flushDrops = (): void => {
    if (unsentDrops.length === 0 || link === undefined || link.isClogged()) return;
    link.send({ t: 'drop', seqs: unsentDrops });
    unsentDrops = [];
  };
  /**
   * Drops are told at the end of the turn. Until then they count as unanswered: a frame that comes in the same turn was
   * sent before its client can have seen any of them. Otherwise a client that sends without pause never breaks its credit.
   */
  const drop = (seq: number, why: DropReason): void => {
    options.dropped(why);
    if (unsentDrops.push(seq) === 1) setImmediate(flushDrops);
  };
  const offer = (): void => {
    if (mailbox !== undefined && reading === undefined) scheduler.offer(source);
  };
  const violate = (seq: number, by: SessionLink): void => {
    drop(seq, 'credit');
    flushDrops();
    if (++violations >= SESSION_LIMITS.violations) by.close(CLOSE.refused, 'frames beyond the credit');
    by.hold(SESSION_LIMITS.violationPauseMs);
  };
  /** @param answer is called where its client is still there */
  const settle = (held: HeldFrame, answer: () => void): void => {
    reading = undefined;
    offer();
    if (held.link === link) answer();
    else options.dropped('closed'); // nobody can be told, but no frame is lost from the count
    options.settled();
  };
  const source: FrameSource = {
    waitingSinceMs: () => mailbox?.receivedMs,
    take() {
      // A client that doesn't take its answers gets none computed; `drained` offers the frame again.
      if (mailbox === undefined || reading !== undefined || mailbox.link.isClogged()) return undefined;
      const held = mailbox;
      mailbox = undefined;
      reading = held;
      return {
        frame: held.frame,
        options: readOptions(),
        answered: (answer) =>
          settle(held, () => {
            if (held.link.isClogged()) drop(held.seq, 'slow-reader');
            else options.answered(held, answer);
          }),
        failed: (error) => settle(held, () => drop(held.seq, options.failed(error))),
      };
    },
  };
  const dropWaiting = (why: DropReason): void => {
    if (mailbox === undefined) return;
    const { seq } = mailbox;
    mailbox = undefined;
    drop(seq, why);
  };

  return {
    get isQuiet() {
      return mailbox === undefined && reading === undefined;
    },
    get isReading() {
      return reading !== undefined;
    },
    receive(frame) {
      if (link === undefined) return;
      // Who broke it often gets nothing read any more: threads are for the others.
      if (unanswered() >= SESSION_LIMITS.credit || violations >= SESSION_LIMITS.violationsRead)
        return violate(frame.seq, link);
      const why = refusal();
      if (why !== undefined) return drop(frame.seq, why);
      if (mailbox !== undefined && !replacements.take()) return violate(frame.seq, link);
      dropWaiting('newer-frame');
      mailbox = { ...frame, receivedMs: clock.monotonic(), link };
      offer();
    },
    linkChanged(next) {
      if (mailbox !== undefined) options.dropped('closed');
      mailbox = undefined;
      scheduler.withdraw(source);
      unsentDrops = [];
      violations = 0;
      link = next;
    },
    drained() {
      flushDrops();
      offer();
    },
    dropWaiting(why) {
      dropWaiting(why);
      scheduler.withdraw(source);
    },
  };
}
