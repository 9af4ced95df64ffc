// Sources through the real ffmpeg, where there is one: a video file, and a camera on the network.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSource } from '../../../inference/sources/open-source.ts';
import type { SourceFrame } from '../../../inference/sources/source.ts';
import { parseSourceName, type SourceName } from '../../../inference/sources/source-name.ts';
import { ExecutableMissing, findExecutable } from '../../support/executable.ts';
import { startRtspServer, type RtspServer } from '../../support/rtsp-server.ts';
import { writeY4m } from '../../support/y4m.ts';
import { all } from './video-files.ts';

const ffmpeg = ffmpegIfThere();
const LEVELS = [40, 90, 140, 190];
const FRAMES_EACH = 15;

let folder: string;
let video: string;
let camera: RtspServer | undefined;
const losses: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'digitflow-ffmpeg-'));
  if (ffmpeg === undefined) return;
  const raw = path.join(folder, 'levels.y4m');
  video = path.join(folder, 'levels.mp4');
  await writeY4m({ file: raw, frames: levels(), framesPerSecond: 30 });
  execFileSync(ffmpeg, ['-loglevel', 'error', '-i', raw, '-c:v', 'mpeg4', '-q:v', '2', video]);
});

beforeEach(({ skip }) => skip(ffmpeg === undefined, 'no ffmpeg on PATH and none in DIGITFLOW_FFMPEG'));

afterAll(async () => {
  await camera?.close();
  await rm(folder, { recursive: true, force: true });
});

/** 640×480, each level for half a second. */
function* levels() {
  for (const level of LEVELS)
    for (let frame = 0; frame < FRAMES_EACH; frame++)
      yield { pixels: new Uint8Array(640 * 480).fill(level), width: 640, height: 480 };
}

const open = (name: string) =>
  openSource(parseSourceName(name) as Exclude<SourceName, { kind: 'browser' }>, {
    folder,
    ffmpeg,
    silenceMs: 2_000,
    lost: (message) => losses.push(message),
  });
/** Which of the levels the middle of a frame has; mpeg4 and its range of brightness change it. */
const levelOf = ({ bytes, width, height }: SourceFrame): number =>
  LEVELS.findIndex((level) => Math.abs(level - bytes[(height >> 1) * width + (width >> 1)]!) <= 20);

describe('a video file', () => {
  it('gives every frame in its order, gray and as small as the wire takes', async () => {
    const source = await open(`file:${video}`);
    const frames = await all(source.frames(new AbortController().signal));
    expect(frames.map(levelOf)).toEqual(LEVELS.flatMap((_, at) => Array.from({ length: FRAMES_EACH }, () => at)));
    expect(frames[0]).toMatchObject({ kind: 'gray8', width: 320, height: 240 });
  });
});

describe('a camera on the network', () => {
  it('is read, and opened again when it hangs up or falls silent; nobody is told its password', async () => {
    camera = await startRtspServer({ file: video, ffmpeg: ffmpeg! });
    const stop = new AbortController();
    const source = await open(camera.url);
    expect(source).toMatchObject({ isLive: true, kind: 'rtsp' });
    const seen = new Set<number>();
    const troubles = [() => camera!.hangUp(), () => camera!.silence(true)];
    let plays = 0;
    for await (const frame of source.frames(stop.signal)) {
      seen.add(levelOf(frame));
      if (plays === camera.plays() || seen.size < 3) continue;
      plays = camera.plays();
      seen.clear();
      const trouble = troubles.shift();
      if (trouble === undefined) stop.abort();
      else trouble();
      if (troubles.length === 0) setTimeout(() => camera!.silence(false), 4_000);
    }
    // A busy machine makes silences of its own.
    const [hungUp, ...silences] = losses;
    expect(hungUp).toBeDefined();
    expect(silences.length).toBeGreaterThan(0);
    for (const silence of silences) expect(silence).toContain('no frame for 2 s');
    expect(losses.join() + source.name).not.toContain('secret');
  });
});

function ffmpegIfThere(): string | undefined {
  try {
    return findExecutable('ffmpeg', 'DIGITFLOW_FFMPEG');
  } catch (error) {
    if (error instanceof ExecutableMissing) return undefined;
    throw error;
  }
}
