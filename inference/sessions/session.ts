// One session: who it is, what it was asked for, which model its client knows, and what is counted of it. It knows nothing
// of sockets: a link is attached, may go, and another may come. Its frames flow in `frame-flow.ts`.

import type { Clock } from '../../artifacts/clock.ts';
import { findThreshold } from '../../ml/reader/find-threshold.ts';
import type { Tracker } from '../../ml/reader/frame-reading.ts';
import { SESSION_LIMITS } from '../limits.ts';
import type { ServingMetrics } from '../metrics.ts';
import { CLOSE, type ClientMessage, type ConfigMessage, type ServerMessage } from '../protocol.ts';
import type { ServingLog } from '../serving-log.ts';
import type { FrameAnswer, ModelManager, ServedModel } from '../serving.ts';
import type { SessionFigures, SessionSource, SessionState } from '../session-desk.ts';
import { createCorrections } from './corrections.ts';
import type { FeedbackSink } from './feedback-sink.ts';
import { createTally } from './figures.ts';
import { createFrameFlow, type HeldFrame } from './frame-flow.ts';
import type { ReceivedFrame } from './frame-header.ts';
import { decisionOf, helloMessage, resultMessage } from './messages.ts';
import { createRecentCrops } from './recent-crops.ts';
import type { Scheduler } from './scheduler.ts';
import type { SessionLink } from './session-link.ts';

export interface SessionDependencies {
  clock: Clock;
  log: ServingLog;
  metrics: ServingMetrics;
  manager: ModelManager;
  scheduler: Scheduler;
  feedback: FeedbackSink;
  createTracker: () => Tracker;
}

export interface SessionOptions {
  /** What others call it. */
  name: string;
  /** What a page calls it; it can't be guessed. */
  id: string;
  source: SessionSource;
}

export interface Session {
  readonly name: string;
  readonly id: string;
  /** When the last frame or link came or went; monotonic. */
  readonly lastSeenMs: number;
  /** No frame waits or is being read. */
  readonly isQuiet: boolean;
  readonly link: SessionLink | undefined;
  /** Greets the client. The link before, if any, is told that it lost its place. */
  attach(link: SessionLink): void;
  /** The link is gone: its frames are over, the session waits for another. */
  detach(link: SessionLink): void;
  receive(frame: ReceivedFrame): void;
  take(message: ClientMessage): void;
  /** The client takes messages again. */
  drained(): void;
  modelChanged(model: ServedModel): void;
  pause(): void;
  resume(): void;
  /** From now on frames are dropped. What was taken is still answered. */
  bye(retryAfterMs: number): void;
  /** @param close how, where the client should come back; without it the client is told that the session has ended */
  end(reason: string, close?: { code: number; reason: string }): void;
  /** Forgets crops that became too old. */
  tidy(): void;
  figures(): SessionFigures;
}

/** A close frame's reason holds 123 bytes; 40 characters are never more. */
const MOST_REASON = 40;

export function createSession({ name, id, source }: SessionOptions, dependencies: SessionDependencies): Session {
  const { clock, log, metrics, manager, scheduler, feedback, createTracker } = dependencies;
  const tally = createTally({ session: name, source, clock });
  const tracker = createTracker();
  const crops = createRecentCrops({ keepMs: SESSION_LIMITS.cropsMs, now: () => clock.monotonic() });
  const corrections = createCorrections({
    session: name,
    sink: feedback,
    crops,
    logFailure: (err) => log.warn({ session: name, err }, 'a correction failed'),
    counted: (change) => tally.corrected(change),
  });
  const config: { threshold: number | undefined; teach: boolean } = { threshold: undefined, teach: false };
  let link: SessionLink | undefined;
  let isPaused = false;
  let isLeaving = false;
  let endedBecause: string | undefined;
  let nextModel: ServedModel | undefined;
  let lastSeenMs = clock.monotonic();

  const state = (): SessionState => {
    if (endedBecause !== undefined) return 'ended';
    if (link === undefined) return 'waiting';
    return isPaused ? 'paused' : 'open';
  };
  /** The swap stands between the last answer of the old model and the first of the new one. */
  const announceModel = (): void => {
    if (nextModel === undefined || link === undefined) return;
    const { name, version, digest, classes, threshold } = nextModel;
    nextModel = undefined;
    link.send({ t: 'model', model: { name, version, digest }, labels: classes, threshold: findThreshold(threshold) });
  };
  const answered = (held: HeldFrame, { reading, model, ms }: FrameAnswer): void => {
    if (nextModel?.digest === model.digest) announceModel();
    const digits = tracker.track(reading);
    if (config.teach) crops.keep({ seq: held.seq, model, reading, digits });
    const decision = decisionOf(digits);
    const latencyMs = clock.monotonic() - held.receivedMs;
    const queueMs = Math.max(0, latencyMs - (ms.total - ms.queue));
    held.link.send(resultMessage({ held, digits, decision, model, ms: { ...ms, queue: queueMs, total: latencyMs } }));
    tally.answered({ decision, digits, version: model.version, latencyMs });
    const labels = digits.map((digit) => (digit.decision === 'digit' ? digit.label : 'uncertain'));
    metrics.frameAnswered({ ageMs: latencyMs, queueMs, labels });
  };
  const flow = createFrameFlow({
    clock,
    scheduler,
    refusal() {
      if (isLeaving) return 'draining';
      if (isPaused) return 'paused';
      return manager.current() === undefined ? 'no-model' : undefined;
    },
    readOptions: () => ({ threshold: config.threshold, crops: config.teach }),
    answered,
    failed(error) {
      if (error instanceof Error && ['UnreadableImage', 'InvalidImage'].includes(error.name)) return 'unreadable';
      log.warn({ session: name, err: error }, 'a frame could not be read');
      return 'failed';
    },
    settled: announceModel,
    dropped(why) {
      tally.dropped(1);
      metrics.framesDropped(why, 1);
    },
  });
  const linkChanged = (next: SessionLink | undefined): void => {
    link = next;
    lastSeenMs = clock.monotonic();
    flow.linkChanged(next);
    tracker.reset();
    crops.clear();
  };
  const configure = ({ threshold, smoothing, teach }: ConfigMessage): void => {
    if (threshold !== undefined) config.threshold = threshold ?? undefined;
    if (smoothing !== undefined) tracker.setSmoothing(smoothing);
    if (teach !== undefined) config.teach = teach && feedback.state().available;
    if (!config.teach) crops.clear();
  };

  return {
    name,
    id,
    get lastSeenMs() {
      return lastSeenMs;
    },
    get isQuiet() {
      return flow.isQuiet;
    },
    get link() {
      return link;
    },
    attach(next) {
      const before = link;
      linkChanged(next);
      before?.close(CLOSE.refused, 'another page took this session');
      nextModel = undefined;
      next.send(helloMessage({ session: id, manager, threshold: config.threshold, teach: feedback.state() }));
      if (isPaused) next.send({ t: 'session', state: 'paused' });
    },
    detach(gone) {
      if (gone === link) linkChanged(undefined);
    },
    receive(frame) {
      lastSeenMs = clock.monotonic();
      tally.received();
      flow.receive(frame);
    },
    take(message) {
      if (message.t === 'config') return configure(message);
      const asked = link;
      const reply = (answer: ServerMessage): void => {
        if (asked === link) asked?.send(answer);
      };
      const labels = manager.current()?.classes ?? [];
      if (message.t === 'label') void corrections.label(message, { on: config.teach, labels }).then(reply);
      if (message.t === 'unlabel') void corrections.unlabel(message.feedback).then(reply);
    },
    drained: () => flow.drained(),
    modelChanged(model) {
      nextModel = model;
      if (!flow.isReading) announceModel();
    },
    pause() {
      isPaused = true;
      flow.dropWaiting('paused');
      link?.send({ t: 'session', state: 'paused' });
    },
    resume() {
      isPaused = false;
      link?.send({ t: 'session', state: 'open' });
    },
    bye(retryAfterMs) {
      isLeaving = true;
      link?.send({ t: 'bye', retryAfterMs });
    },
    end(why, close) {
      if (endedBecause !== undefined) return;
      endedBecause = why;
      flow.dropWaiting('closed');
      const last = link;
      // A page that is told `ended` stays away; one whose worker goes comes back.
      if (close === undefined) last?.send({ t: 'session', state: 'ended', reason: why });
      linkChanged(undefined);
      last?.close(close?.code ?? 1000, close?.reason ?? why.slice(0, MOST_REASON));
    },
    tidy: () => crops.expire(),
    figures: () => tally.figures(state(), endedBecause),
  };
}
