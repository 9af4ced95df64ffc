import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../artifacts/clock.ts';
import { ffmpegInput, readByFfmpeg } from '../../../inference/sources/ffmpeg.ts';
import { newestOnly, reconnecting } from '../../../inference/sources/live.ts';
import { jpegLength, readMjpeg } from '../../../inference/sources/mjpeg.ts';
import { openSource } from '../../../inference/sources/open-source.ts';
import { FfmpegMissing, InvalidSource, SourceFailed, UnreadableSource } from '../../../inference/sources/source.ts';
import { parseSourceName, redacted } from '../../../inference/sources/source-name.ts';
import { readY4m } from '../../../inference/sources/y4m.ts';
import { all, inPieces, jpegOf, y4mOf } from './video-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'digitflow-sources-'));
const forever = new AbortController().signal;
const open = (name: string, ffmpeg?: string) =>
  openSource(parseSourceName(name) as Exclude<ReturnType<typeof parseSourceName>, { kind: 'browser' }>, {
    folder,
    ffmpeg,
    lost: () => undefined,
  });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that stands for ffmpeg: leaves its arguments and input behind, writes a video, ends with a code. */
function fakeFfmpeg(
  name: string,
  { code = 0, says = '', levels = [10, 20] }: { code?: number; says?: string; levels?: number[] },
) {
  const file = join(folder, name);
  writeFileSync(`${file}.y4m`, y4mOf(32, 24, levels, 'mono'));
  writeFileSync(
    file,
    `#!/bin/sh\necho "$@" > "${file}.args"\ncat > "${file}.stdin"\ncat "${file}.y4m"\necho "${says}" >&2\nexit ${code}\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

describe('the name of a source', () => {
  it.each([
    ['browser', { kind: 'browser' }],
    ['camera:/dev/video0', { kind: 'camera', device: '/dev/video0' }],
    ['camera', { kind: 'camera', device: '' }],
    ['file:a b.mp4', { kind: 'file', path: 'a b.mp4' }],
    ['file:///srv/a.y4m', { kind: 'file', path: '/srv/a.y4m' }],
    ['rtsp://me:secret@cam/1', { kind: 'rtsp', url: 'rtsp://me:secret@cam/1' }],
  ])('%s', (text, expected) => expect(parseSourceName(text)).toEqual(expected));

  it.each(['', 'file:', 'video.mp4', 'http://cam/1', "rtsp://a:b@c/'\nfile"])('refuses %j', (text) =>
    expect(() => parseSourceName(text)).toThrow(InvalidSource),
  );

  it('never shows a password, not even in an error', () => {
    expect(redacted('open rtsp://me:p@ss@cam/1?token=abc&x=1: refused')).toBe(
      'open rtsp://***@cam/1?token=***&x=1: refused',
    );
    expect(() => parseSourceName('rtmp://me:secret@cam/1')).toThrow(/^(?!.*secret).*\*\*\*@cam/s);
  });
});

describe('uncompressed video', () => {
  it.each(['420jpeg', 'mono'])('gives each frame of %s, however the bytes arrive', async (colours) => {
    const frames = await all(readY4m(inPieces(y4mOf(8, 6, [1, 2, 3], colours), 7), 'a.y4m'));
    expect(frames.map(({ pixels, width, height }) => [pixels[0], pixels[47], width, height])).toEqual([
      [1, 1, 8, 6],
      [2, 2, 8, 6],
      [3, 3, 8, 6],
    ]);
  });

  it.each([
    ['another file', Buffer.from('RIFF....'), /YUV4MPEG2/],
    ['ten bits', y4mOf(8, 6, [1], '420p10'), /8 bits/],
    ['a cut-off end', y4mOf(8, 6, [1, 2]).subarray(0, -5), /cut-off/],
    ['no sides', Buffer.from('YUV4MPEG2 W0 H4\n'), /sides/],
  ])('names %s', async (_name, bytes, message) => {
    await expect(all(readY4m(inPieces(bytes, 64), 'a.y4m'))).rejects.toThrow(message);
  });

  it('is sent as the page sends a camera: gray, at most 320×240, sides in proportion', async () => {
    writeFileSync(join(folder, 'big.y4m'), y4mOf(640, 480, [50, 60]));
    const source = await open('file:big.y4m');
    expect(source).toMatchObject({ kind: 'file', isLive: false });
    const frames = await all(source.frames(forever));
    expect(frames.map(({ kind, width, height, bytes }) => [kind, width, height, bytes.length, bytes[0]])).toEqual([
      ['gray8', 320, 240, 76_800, 50],
      ['gray8', 320, 240, 76_800, 60],
    ]);
  });
});

describe('JPEG after JPEG', () => {
  it('is parted at the true ends, thumbnails and bytes in between passed over', async () => {
    const pictures = await Promise.all([10, 120, 240].map((value) => jpegOf(64, 48, value)));
    const stream = Buffer.concat([
      Buffer.from('--boundary\r\n\r\n'),
      pictures[0]!,
      Buffer.from('\r\n'),
      pictures[1]!,
      pictures[2]!,
    ]);
    const found = await all(readMjpeg(inPieces(stream, 11), 'a.mjpeg'));
    expect(found.map((bytes) => Buffer.from(bytes).equals(pictures[found.indexOf(bytes)]!))).toEqual([
      true,
      true,
      true,
    ]);
    expect(jpegLength(pictures[0]!.subarray(0, -1))).toBeUndefined();
  });

  it('is sent as it is; what is no JPEG is named', async () => {
    const picture = await jpegOf(64, 48, 99);
    writeFileSync(join(folder, 'a.mjpeg'), Buffer.concat([picture, picture]));
    const frames = await all((await open('file:a.mjpeg')).frames(forever));
    expect(frames.map(({ kind, width, height, bytes }) => [kind, width, height, picture.equals(bytes)])).toEqual([
      ['jpeg', 64, 48, true],
      ['jpeg', 64, 48, true],
    ]);
    await expect(all(readMjpeg(inPieces(Buffer.from('nothing here'), 5), 'b.mjpeg'))).rejects.toThrow(UnreadableSource);
  });
});

describe('a folder of pictures', () => {
  it('is read in the order of its numbers; large and foreign kinds are written anew', async () => {
    mkdirSync(join(folder, 'pictures'));
    const png = (side: number) =>
      sharp({ create: { width: side, height: side, channels: 3, background: 'white' } })
        .png()
        .toBuffer();
    writeFileSync(join(folder, 'pictures', '10.png'), await png(2_000));
    writeFileSync(join(folder, 'pictures', '2.jpg'), await jpegOf(40, 30, 77));
    writeFileSync(join(folder, 'pictures', 'notes.txt'), 'no picture');
    const frames = await all((await open('file:pictures')).frames(forever));
    expect(frames.map(({ kind, width, height }) => [kind, width, height])).toEqual([
      ['jpeg', 40, 30],
      ['jpeg', 1_280, 1_280],
    ]);
    mkdirSync(join(folder, 'empty'));
    await expect(all((await open('file:empty')).frames(forever))).rejects.toThrow(/expected pictures/);
    await expect(open('file:nowhere')).rejects.toThrow(InvalidSource);
  });
});

describe('what ffmpeg decodes', () => {
  it('comes as gray frames', async () => {
    writeFileSync(join(folder, 'a.mp4'), 'not looked at');
    const frames = await all((await open('file:a.mp4', fakeFfmpeg('good', {}))).frames(forever));
    expect(frames.map(({ kind, width, height, bytes }) => [kind, width, height, bytes[0]])).toEqual([
      ['gray8', 32, 24, 10],
      ['gray8', 32, 24, 20],
    ]);
  });

  it('says clearly when there is no ffmpeg, and what works without', async () => {
    const frames = (await open('file:a.mp4', join(folder, 'no-such-program'))).frames(forever);
    await expect(all(frames)).rejects.toThrow(FfmpegMissing);
  });

  it("gives a stream's password neither to the command line nor to errors", async () => {
    const url = 'rtsp://me:secret@127.0.0.1/1';
    const { args, stdin } = ffmpegInput({ kind: 'rtsp', url });
    expect(args.join(' ')).not.toContain('secret');
    expect(stdin).toContain(url);
    const executable = fakeFfmpeg('refused', { code: 1, says: `${url}: 401 Unauthorized`, levels: [] });
    const failure = await all(
      readByFfmpeg({ source: { kind: 'rtsp', url }, name: redacted(url), executable, signal: forever }),
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceFailed);
    expect(String(failure)).toContain('rtsp://***@127.0.0.1/1: 401 Unauthorized');
  });
});

describe('a live source', () => {
  it('is opened again after it went away, and goes on', async () => {
    const stop = new AbortController();
    const losses: number[] = [];
    let opened = 0;
    const frames = reconnecting({
      open: async function* () {
        opened++;
        yield opened;
        throw new SourceFailed('unplugged');
      },
      clock: { ...systemClock, sleep: async () => undefined },
      signal: stop.signal,
      lost: (_error, delayMs) => losses.push(delayMs),
    });
    const seen: number[] = [];
    for await (const frame of frames) {
      seen.push(frame);
      if (frame === 3) stop.abort();
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(losses).toEqual([500, 500]);
  });

  it('gives up only on what another attempt cannot mend', async () => {
    const frames = reconnecting({
      open: () =>
        readByFfmpeg({
          source: { kind: 'camera', device: '' },
          name: 'camera',
          executable: join(folder, 'none'),
          signal: forever,
        }),
      clock: systemClock,
      signal: forever,
      lost: () => undefined,
    });
    await expect(all(frames)).rejects.toThrow(FfmpegMissing);
  });

  it('lets stale frames go: who comes late gets the newest', async () => {
    let wake = (): void => undefined;
    const drained = new Promise<void>((resolve) => (wake = resolve));
    async function* camera(): AsyncGenerator<number> {
      for (let frame = 1; frame <= 100; frame++) yield frame;
      wake();
    }
    const frames = newestOnly(camera());
    const first = (await frames.next()).value;
    await drained;
    expect([first, (await frames.next()).value, (await frames.next()).done]).toEqual([1, 100, true]);
  });
});
