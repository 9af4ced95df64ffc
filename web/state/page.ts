// The page's state and what moves it: the connection feeds it, the views show it.

import { batch, computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { HelloMessage, WireModel } from '../../inference/protocol.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import { loadReading } from '../in-browser/load.ts';
import { createAnnounce, STANDS_MS } from '../readings/announcer.ts';
import { createBridge } from '../readings/bridge.ts';
import { type HistoryEntry, remember, stableText } from '../readings/history.ts';
import { type Connection, createConnection, type Phase } from '../session/connection.ts';
import { createDesk, type Desk } from '../session/desk.ts';
import type { Feed, FrameResult } from '../session/frame-result.ts';
import { createServerSide } from '../session/server-side.ts';
import { createTokenStore, type TokenStore } from '../session/token.ts';
import type { ServerMessage } from '../session/wire.ts';
import type { Reader } from '../session/where.ts';
import { sessionAddress, wantsToken } from './worker-address.ts';
import { createFigures, type Figures } from './figures.ts';
import { createLocalSide, type LocalSide } from './local-side.ts';
import { createNotices, type Notices } from './notices.ts';
import { createSettings, type Settings } from './settings.ts';
import { createTeaching, type Teaching } from './teaching.ts';

export interface Page {
  settings: Settings;
  notices: Notices;
  figures: Figures;
  token: TokenStore;
  phase: ReadonlySignal<Phase>;
  /** Paused or ended from elsewhere. */
  pausedBecause: ReadonlySignal<string | undefined>;
  reader: ReadonlySignal<Reader>;
  model: ReadonlySignal<(WireModel & { name: string }) | undefined>;
  labels: ReadonlySignal<readonly string[]>;
  /** The least probability of a digit that holds now, 0–1. */
  threshold: ReadonlySignal<number>;
  /** Of what is in view; undefined when it was not read yet. */
  result: ReadonlySignal<FrameResult | undefined>;
  selectedId: Signal<number | undefined>;
  /** The chosen digit, else the first sure one: the surest would be another one in each frame. */
  selected: ReadonlySignal<TrackedDigit | undefined>;
  /** The digits to show: those of `result`, and those that have been missing for a moment only. */
  inView: ReadonlySignal<readonly TrackedDigit[]>;
  history: Signal<readonly HistoryEntry[]>;
  /** For screen readers. */
  announcement: ReadonlySignal<string>;
  local: LocalSide;
  teaching: Teaching;
  desk: Desk;
  show(feed: Feed | undefined): void;
  connect(): void;
}

/** Why a worker ends a session that nothing came from: the next frame opens another. */
const IDLE = 'idle';
/** The worker takes ten text messages a second; a slider makes sixty changes. */
const CONFIGURE_MS = 150;

export function createPage(): Page {
  const settings = createSettings(localStorage);
  const notices = createNotices();
  const figures = createFigures();
  const token = createTokenStore(sessionStorage);
  const phase = signal<Phase>({ phase: 'connecting' });
  const pausedBecause = signal<string | undefined>(undefined);
  const reader = signal<Reader>('nobody');
  const hello = signal<HelloMessage | undefined>(undefined);
  const model = signal<(WireModel & { name: string }) | undefined>(undefined);
  const labels = signal<readonly string[]>([]);
  const modelThreshold = signal(0.5);
  const threshold = computed(() => settings.threshold.value ?? modelThreshold.value);
  const result = signal<FrameResult | undefined>(undefined);
  const selectedId = signal<number | undefined>(undefined);
  const inView = signal<readonly TrackedDigit[]>([]);
  const selected = computed(() => chosenOf(inView.value, selectedId.value));
  const bridge = createBridge();
  const history = signal<readonly HistoryEntry[]>([]);
  const announcement = signal('');
  const announce = createAnnounce();
  const local = createLocalSide({ token: () => token.get(), load: loadReading });
  let feedNow: Feed | undefined;

  const connection: Connection = createConnection({
    address: () => sessionAddress(hello.peek()?.session),
    token: () => token.get(),
    wantsToken: () => wantsToken(token.get()),
    onPhase(next) {
      batch(() => {
        if (next.phase !== 'open') server.reset(0);
        if (next.phase === 'waiting' && phase.peek().phase === 'open') wasLost = true;
        if (next.phase === 'open' && wasLost) notices.show({ text: 'The worker is back.' }, 4_000);
        if (next.phase === 'open') wasLost = false;
        phase.value = next;
      });
      desk.again();
    },
    onMessage: (message) => batch(() => take(message)),
  });
  let wasLost = false;
  /** The worker ended a session that sent nothing for long. */
  let isAsleep = false;
  const server = createServerSide({ connection });
  const desk = createDesk({
    server,
    local: () => local.reader(),
    choice: () => settings.choice.peek(),
    isConnected: () => phase.peek().phase === 'open',
    isEnded: () => phase.peek().phase === 'ended',
    isPaused: () => pausedBecause.peek() !== undefined || document.visibilityState === 'hidden',
    threshold: () => settings.threshold.peek(),
    onSent: () => figures.sent(),
    onDropped: (count) => figures.dropped(count),
    onResult: (answered) => batch(() => show(answered)),
    onReader: (next) => (reader.value = next),
    onWanted: () => {
      if (!isAsleep) return;
      isAsleep = false; // before it opens: that asks again at once
      connection.open();
    },
    track: (answer, isMoving) => local.track(answer, isMoving && settings.smoothing.peek()),
  });
  const teaching = createTeaching({
    offer: computed(() => (phase.value.phase === 'open' ? hello.value?.teach : undefined)),
    connection,
    notices,
    token: () => token.get(),
    result,
    readAgain: () => desk.again(),
  });

  function take(message: ServerMessage): void {
    switch (message.t) {
      case 'hello':
        hello.value = message;
        takeModel(message);
        pausedBecause.value = undefined;
        server.reset(message.credit);
        configure();
        break;
      case 'model':
        takeModel(message);
        notices.show({ text: `Model version ${message.model.version} reads from now on.` });
        desk.again();
        break;
      case 'result':
        desk.result(message);
        break;
      case 'drop':
        desk.dropped(message.seqs);
        break;
      case 'session':
        pausedBecause.value = message.state === 'paused' ? (message.reason ?? 'The session was paused.') : undefined;
        if (message.state === 'ended') {
          isAsleep = message.reason === IDLE;
          connection.end(message.reason ?? 'The session was ended.');
        }
        desk.again();
        break;
      case 'labelled':
      case 'unlabelled':
        teaching.take(message);
        break;
      case 'bye':
        break; // the connection remembers when to come back
    }
  }
  function takeModel(message: Pick<HelloMessage, 'model' | 'labels' | 'threshold'>): void {
    // The page's own follows: else it would answer by an older one when the worker goes.
    const own = local.state.peek();
    if (own.state === 'ready' && own.model.digest !== message.model.digest) local.prepare();
    model.value = message.model;
    labels.value = message.labels;
    // A session that is taken up again says the threshold it was told, not the model's.
    if (!wasThresholdSaid) modelThreshold.value = message.threshold;
  }
  function say(text: string): void {
    announcement.value = announce(text, Date.now()) ?? announcement.peek();
  }
  function show(answered: FrameResult): void {
    result.value = answered;
    const isSmooth = feedNow?.isMoving === true && settings.smoothing.peek();
    inView.value = isSmooth ? bridge.over(answered.digits, answered.answeredMs) : answered.digits;
    figures.answered({ roundTripMs: answered.roundTripMs, ageMs: answered.answeredMs - answered.captureMs });
    const nowMs = Date.now();
    const { digits, by } = answered;
    if (feedNow?.isMoving === true)
      history.value = remember(history.peek(), {
        digits,
        nowMs,
        modelVersion: answered.model.version,
        isLocal: by === 'browser',
      });
    const text = feedNow?.isMoving === true ? stableText(digits) : digits.map(({ label }) => label).join(' ');
    say(text);
    // A picture is answered once: nothing comes after it by which its reading could be seen to stand.
    if (feedNow?.isMoving === false) setTimeout(() => result.peek() === answered && say(text), STANDS_MS);
    local.prepareWhenIdle();
  }
  /** The session has a threshold of this page's. */
  let wasThresholdSaid = false;
  /** Without one of its own the page says none: the model's own, said as a number, would count among letters, too. */
  function thresholdToSay(): { threshold: number | null } {
    const own = settings.threshold.peek() ?? null;
    wasThresholdSaid = own !== null;
    return { threshold: own };
  }
  function configure(): void {
    const isMoving = feedNow?.isMoving ?? true;
    connection.send({
      t: 'config',
      ...thresholdToSay(),
      smoothing: isMoving && settings.smoothing.peek(),
      teach: teaching.isOn.peek(),
    });
  }
  let configuring: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    // Read here so that each change of them is told to the worker, and a slider's not more often than it takes.
    void [settings.threshold.value, settings.smoothing.value, teaching.isOn.value];
    clearTimeout(configuring);
    configuring = setTimeout(() => {
      configure();
      desk.again();
    }, CONFIGURE_MS);
  });
  effect(() => {
    const { theme } = settings;
    if (theme.value === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
  });
  effect(() => {
    if (settings.choice.value === 'browser') local.prepare();
  });
  document.addEventListener('visibilitychange', () => desk.fresh());

  return {
    settings,
    notices,
    figures,
    token,
    phase,
    pausedBecause,
    reader,
    model,
    labels,
    threshold,
    result,
    selectedId,
    selected,
    inView,
    history,
    announcement,
    local,
    teaching,
    desk,
    show(feed) {
      batch(() => {
        feedNow = feed;
        result.value = undefined;
        inView.value = [];
        bridge.reset();
        selectedId.value = undefined;
      });
      configure();
      desk.show(feed);
    },
    connect: () => connection.open(),
  };
}

function chosenOf(digits: readonly TrackedDigit[], id: number | undefined): TrackedDigit | undefined {
  return digits.find((digit) => digit.id === id) ?? digits.find(({ decision }) => decision === 'digit') ?? digits[0];
}
