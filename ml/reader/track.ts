// Digits over frames: a digit keeps its id while it moves, and its label is what most of the last frames said, so that it
// neither flickers nor sticks.

import type { Box, FrameReading, ReadDigit, TrackedDigit, Tracker } from './frame-reading.ts';
import { matchBoxes } from './match-boxes.ts';

/** Frames that have a say in a digit's label. */
const WINDOW = 5;
/** A label takes over when it has so many of them: two wrong frames change nothing, a real change is shown in the third. */
const TAKE_OVER = 3;
/** Frames in a row that a digit may be missing and still be the same: a third of a second of a slow camera. */
const MOST_MISSED = 5;

export interface TrackerOptions {
  /** False: labels, probabilities and decisions are those of the frame alone. @default true */
  smoothing?: boolean;
}

interface Track {
  id: number;
  box: Box;
  label: string;
  /** Where `label` stands in the probabilities. */
  labelIndex: number;
  stableFrames: number;
  missed: number;
  /** The last readings, the newest last. */
  votes: ReadDigit[];
}

/** A tracker of one session. */
export function createTracker({ smoothing: smoothFirst = true }: TrackerOptions = {}): Tracker {
  let smoothing = smoothFirst;
  let tracks: Track[] = [];
  let lastId = 0;
  return {
    track({ digits }: FrameReading) {
      const matches = matchBoxes(
        tracks.map(({ box }) => box),
        digits.map(({ box }) => box),
      );
      const seen = new Set<Track>();
      const tracked = digits.map((digit, index) => {
        let track = tracks[matches[index]!];
        if (track === undefined) {
          track = newTrack(++lastId, digit);
          tracks.push(track);
        }
        seen.add(track);
        return takeReading(track, digit, smoothing);
      });
      for (const track of tracks) track.missed = seen.has(track) ? 0 : track.missed + 1;
      tracks = tracks.filter(({ missed }) => missed <= MOST_MISSED);
      return tracked;
    },
    setSmoothing(on) {
      smoothing = on;
    },
    reset() {
      tracks = [];
    },
  };
}

const newTrack = (id: number, { box, label }: ReadDigit): Track => ({
  id,
  box,
  label,
  labelIndex: -1,
  stableFrames: 0,
  missed: 0,
  votes: [],
});

function takeReading(track: Track, digit: ReadDigit, smoothing: boolean): TrackedDigit {
  track.box = digit.box;
  track.votes.push(digit);
  if (track.votes.length > WINDOW) track.votes.shift();
  const next = smoothing ? labelOf(track) : digit.label;
  track.stableFrames = next === track.label ? track.stableFrames + 1 : 1;
  track.label = next;
  const { label, probability, probabilities, decision, box } = digit;
  const smoothed = smoothing ? smooth(track) : { probability, decision };
  return {
    id: track.id,
    label: next,
    ...smoothed,
    probabilities,
    stableFrames: track.stableFrames,
    raw: { label, probability },
    box,
  };
}

/** The standing label, or another one that enough of the last frames name. */
function labelOf({ label, votes }: Track): string {
  const newest = votes.at(-1)!.label; // no label gains a vote but the newest
  return votes.filter((vote) => vote.label === newest).length >= TAKE_OVER ? newest : label;
}

/** The label's mean probability over the window, and `digit` when at least half of the frames that named it were sure. */
function smooth(track: Track): Pick<TrackedDigit, 'probability' | 'decision'> {
  const { label, votes } = track;
  const own = votes.filter((vote) => vote.label === label);
  const [first] = own;
  if (first !== undefined) track.labelIndex = first.probabilities.indexOf(first.probability);
  const sum = votes.reduce((total, { probabilities }) => total + (probabilities[track.labelIndex] ?? 0), 0);
  const sure = own.filter(({ decision }) => decision === 'digit').length;
  return {
    probability: sum / votes.length,
    decision: own.length > 0 && 2 * sure >= own.length ? 'digit' : 'uncertain',
  };
}
