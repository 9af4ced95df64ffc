// From a source's name to its frames.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { systemClock, type Clock } from '../../artifacts/clock.ts';
import { readByFfmpeg } from './ffmpeg.ts';
import { readFolder } from './folder.ts';
import { neverSilent, newestOnly, reconnecting } from './live.ts';
import { readMjpeg } from './mjpeg.ts';
import { InvalidSource, type FrameSource, type SourceFrame } from './source.ts';
import { redacted, type SourceName } from './source-name.ts';
import { grayFrame, jpegFrame } from './to-frame.ts';
import { readY4m } from './y4m.ts';

export interface OpenSourceOptions {
  /** Relative paths count from here. */
  folder: string;
  ffmpeg?: string | undefined;
  clock?: Clock;
  /** A live source without a frame for so long is opened again. @default 15 s */
  silenceMs?: number;
  /** Told when a live source went away, for people. */
  lost: (message: string) => void;
}

/** Opens nothing yet, but looks at what a path is. @throws InvalidSource when there is nothing under it */
export async function openSource(
  source: Exclude<SourceName, { kind: 'browser' }>,
  { folder, ffmpeg, clock = systemClock, silenceMs, lost }: OpenSourceOptions,
): Promise<FrameSource> {
  if (source.kind === 'file') {
    const file = path.resolve(folder, source.path);
    return { name: file, kind: 'file', isLive: false, frames: await framesOfFile(file, ffmpeg) };
  }
  const name = source.kind === 'camera' ? `camera ${source.device}`.trim() : redacted(source.url);
  return {
    name,
    kind: source.kind,
    isLive: true,
    frames: (signal) =>
      newestOnly(
        reconnecting({
          open: () =>
            neverSilent({
              open: (untilCut) => grayFrames(readByFfmpeg({ source, name, executable: ffmpeg, signal: untilCut })),
              signal,
              name,
              ...(silenceMs !== undefined && { limitMs: silenceMs }),
            }),
          clock,
          signal,
          lost: (error, delayMs) =>
            lost(`${error instanceof Error ? error.message : String(error)}; again in ${delayMs / 1000} s`),
        }),
      ),
  };
}

async function framesOfFile(file: string, executable: string | undefined): Promise<FrameSource['frames']> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined)
    throw new InvalidSource(`${file}: expected a video or a folder of pictures, got nothing there`);
  if (found.isDirectory()) return () => readFolder(file);
  if (/\.y4m$/i.test(file)) return (signal) => grayFrames(readY4m(createReadStream(file, { signal }), file));
  if (/\.(mjpe?g)$/i.test(file))
    return (signal) => jpegFrames(readMjpeg(createReadStream(file, { signal }), file), file);
  return (signal) => grayFrames(readByFfmpeg({ source: { kind: 'file', path: file }, name: file, executable, signal }));
}

async function* grayFrames(images: AsyncIterable<Parameters<typeof grayFrame>[0]>): AsyncGenerator<SourceFrame> {
  for await (const image of images) yield grayFrame(image);
}

async function* jpegFrames(pictures: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<SourceFrame> {
  let index = 0;
  for await (const bytes of pictures) yield jpegFrame(bytes, `${file}, picture ${index++}`);
}
