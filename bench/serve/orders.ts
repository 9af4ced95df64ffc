// What the bench asks of its generators, and what they say.

export type GeneratorOrder =
  | {
      kind: 'cameras';
      port: number;
      sessions: number;
      framesASecond: number;
      durationMs: number;
      pictures: number;
      /** Pictures that the model reads right, so that a wrong label means a mixture. */
      good: number[];
    }
  | { kind: 'flood'; port: number; clients: number; durationMs: number; pictures: number }
  | { kind: 'knock'; port: number; sockets: number; afterMs: number };

export interface CameraFigures {
  offered: number;
  sent: number;
  /** Frames not sent because two were unanswered. */
  withoutCredit: number;
  /** Frames not sent because the generator came too late. */
  late: number;
  answered: number;
  dropped: number;
  /** Sent and neither answered nor dropped; answered or dropped twice. */
  lost: number;
  doubled: number;
  /** Answers whose label is another model's than the one they name. */
  mixed: number;
  /** Versions that went back within a session, or came before their `model` message. */
  backwards: number;
  misread: number;
  swapsSeen: number;
  fewestASecond: number;
  receiveToSendMs: Percentiles;
  roundTripMs: Percentiles;
  closed: number[];
}

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

export function percentilesOf(values: number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
