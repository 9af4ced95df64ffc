// The reading desk: takes the newest frame of whatever is in view and gives it to whoever reads, the worker or this page
// itself. A frame that nobody can take now is not kept: the next one is newer.

import type { LocalReader, LocalReading } from '../in-browser/local-reader.ts';
import type { Feed, FrameResult } from './frame-result.ts';
import type { ServerSide } from './server-side.ts';
import { type Choice, type Reader, whoReads } from './where.ts';
import type { ResultMessage } from '../../inference/protocol.ts';

export interface DeskOptions {
  server: ServerSide;
  /** Undefined until it was loaded. */
  local: () => LocalReader | undefined;
  choice: () => Choice;
  isConnected: () => boolean;
  isEnded: () => boolean;
  /** The session was paused from elsewhere, or the page cannot be seen. */
  isPaused: () => boolean;
  threshold: () => number | undefined;
  onSent: () => void;
  onDropped: (count: number) => void;
  onResult: (result: FrameResult, feed: Feed) => void;
  onReader: (reader: Reader) => void;
  /** Something is to be read and nobody is there who could. */
  onWanted: () => void;
  /** Gives the page's own readings ids over frames. */
  track: (reading: LocalReading, isMoving: boolean) => FrameResult['digits'];
}

export interface Desk {
  /** What is in view now; answers about another feed are not shown. */
  show(feed: Feed | undefined): void;
  /** The feed has something newer. */
  fresh(): void;
  /** Reads the same once more, whoever reads now. */
  again(): void;
  result(message: ResultMessage): void;
  dropped(seqs: readonly number[]): void;
  reader(): Reader;
}

export function createDesk(options: DeskOptions): Desk {
  const { server, local, isPaused, onSent, onDropped, onResult, onReader, track } = options;
  let feed: Feed | undefined;
  let isFresh = false;
  let isLocalBusy = false;
  let localSeq = 0;
  let reader: Reader = 'nobody';

  const choose = (): Reader => {
    const chosen = whoReads({
      choice: options.choice(),
      isConnected: options.isConnected(),
      isEnded: options.isEnded(),
      waitingMs: server.waitingMs(),
      isLocalReady: local()?.state().state === 'ready',
    });
    if (chosen !== reader) {
      reader = chosen;
      // A picture or a drawing that nobody answered is read by whoever came in.
      if (feed?.isMoving === false) isFresh = true;
      onReader(chosen);
    }
    return chosen;
  };

  const pump = (): void => {
    const chosen = choose();
    if (feed === undefined || !isFresh || isPaused()) return;
    if (chosen === 'server' && server.mayTake()) void toServer(feed);
    if (chosen === 'browser' && !isLocalBusy) void toLocal(feed);
    if (chosen === 'nobody') options.onWanted();
  };

  const toServer = async (own: Feed): Promise<void> => {
    isFresh = false;
    if (await server.send(own, () => own === feed && !isPaused())) onSent();
    else if (own === feed && !own.isMoving) isFresh = true;
    pump();
  };

  const toLocal = async (own: Feed): Promise<void> => {
    const readerHere = local();
    if (readerHere === undefined) return;
    isFresh = false;
    isLocalBusy = true;
    const captureMs = own.captureMs();
    const sentMs = performance.now();
    try {
      const frame = own.local();
      onSent();
      const answer = await readerHere.read(frame, { threshold: options.threshold() });
      if (own !== feed) return;
      const answeredMs = performance.now();
      const { reading, model } = answer;
      const result: FrameResult = {
        seq: localSeq++,
        by: 'browser',
        captureMs,
        answeredMs,
        roundTripMs: answeredMs - sentMs,
        size: { width: frame.width, height: frame.height },
        decision: reading.decision,
        digits: track(answer, own.isMoving),
        model: { version: model.version, digest: model.digest },
      };
      onResult(result, own);
    } catch {
      onDropped(1); // the model is being replaced, or the frame was unreadable: the next one comes
    } finally {
      isLocalBusy = false;
      // Lets the browser paint between two frames read in its own thread.
      setTimeout(pump);
    }
  };

  // Silence makes no event of its own, and the page must notice it within a second.
  setInterval(pump, 200);

  return {
    show(next) {
      feed = next;
      isFresh = next !== undefined && !next.isMoving;
      pump();
    },
    fresh() {
      isFresh = true;
      pump();
    },
    again() {
      if (feed?.isMoving === false) isFresh = true;
      pump();
    },
    result(message) {
      const answered = server.result(message);
      if (answered !== undefined && answered.feed === feed) onResult(answered.result, answered.feed);
      pump();
    },
    dropped(seqs) {
      const count = server.dropped(seqs);
      if (count > 0) onDropped(count);
      if (count > 0 && feed?.isMoving === false) isFresh = true;
      pump();
    },
    reader: () => reader,
  };
}
