// ffmpeg as a decoder of everything that isn't read here: its output is asked for as .y4m, gray and small.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { platform } from 'node:os';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import { GRAY_MAX } from '../protocol.ts';
import { FfmpegMissing, SourceFailed } from './source.ts';
import { redacted, type SourceName } from './source-name.ts';
import { readY4m } from './y4m.ts';

export interface FfmpegInput {
  args: string[];
  /** Written to standard input: what no other process of this machine should read in a command line. */
  stdin?: string;
}

export interface FfmpegOptions {
  source: Exclude<SourceName, { kind: 'browser' }>;
  /** For errors; holds no password. */
  name: string;
  /** @default 'ffmpeg', from the PATH */
  executable?: string | undefined;
  signal: AbortSignal;
}

const ERROR_LENGTH = 500;
/** From SIGTERM to SIGKILL: a camera is given back at once, a network stream may hang. */
const STOP_MS = 1_000;

/** Shrinks to what the wire takes for gray; never enlarges. */
const SCALE = `scale=w='min(${GRAY_MAX.width},iw)':h='min(${GRAY_MAX.height},ih)':force_original_aspect_ratio=decrease`;

/** How ffmpeg is told of a source. An address with a password goes over standard input, as a list of one entry. */
export function ffmpegInput(source: FfmpegOptions['source'], system: NodeJS.Platform = platform()): FfmpegInput {
  if (source.kind === 'file') return { args: ['-nostdin', '-i', `file:${source.path}`] };
  if (source.kind === 'rtsp')
    return {
      // The list may name network streams only, so that no address reaches a file of this machine.
      args: [
        '-protocol_whitelist',
        'pipe,rtsp,rtsps,rtp,tcp,udp,tls,crypto',
        '-f',
        'concat',
        '-safe',
        '0',
        '-i',
        'pipe:0',
      ],
      stdin: `ffconcat version 1.0\nfile '${source.url}'\n`,
    };
  const { device } = source;
  if (system === 'darwin') return { args: ['-nostdin', '-f', 'avfoundation', '-i', device || '0'] };
  if (system === 'win32') return { args: ['-nostdin', '-f', 'dshow', '-i', `video=${device || 'Integrated Camera'}`] };
  return { args: ['-nostdin', '-f', 'v4l2', '-i', device || '/dev/video0'] };
}

/**
 * The frames as ffmpeg decodes them. Leaving the loop or aborting the signal ends ffmpeg.
 * @throws FfmpegMissing, SourceFailed with ffmpeg's own last words, UnreadableSource
 */
export async function* readByFfmpeg({
  source,
  name,
  executable = 'ffmpeg',
  signal,
}: FfmpegOptions): AsyncGenerator<GrayImage> {
  const { args, stdin } = ffmpegInput(source);
  const output = ['-an', '-sn', '-vf', SCALE, '-pix_fmt', 'gray', '-f', 'yuv4mpegpipe', '-strict', '-1', 'pipe:1'];
  const child = spawn(executable, ['-hide_banner', '-loglevel', 'error', ...args, ...output], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [NodeJS.ErrnoException];
    if (error.code === 'ENOENT') throw new FfmpegMissing(name);
    throw new SourceFailed(`${name}: ffmpeg could not be started (${error.code ?? error.message})`);
  }
  let said = '';
  child.on('error', () => undefined);
  child.stderr.on('data', (text) => (said = (said + String(text)).slice(-4_000)));
  child.stdin.on('error', () => undefined); // it may have ended before it read the address
  child.stdin.end(stdin ?? '');
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = (): void => {
    child.kill('SIGTERM');
    setTimeout(() => isRunning() && child.kill('SIGKILL'), STOP_MS).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    yield* readY4m(child.stdout, name);
    const [code] = await ended;
    if (code !== 0 && !signal.aborted) throw new SourceFailed(`${name}: ${lastWords(said, code)}`);
  } catch (error) {
    // Without a frame the output isn't a video at all: what ffmpeg says tells more.
    if (signal.aborted) return;
    if (error instanceof SourceFailed) throw error;
    const [code] = await ended;
    throw code === 0 ? error : new SourceFailed(`${name}: ${lastWords(said, code)}`);
  } finally {
    signal.removeEventListener('abort', stop);
    if (isRunning()) {
      stop();
      child.stdout.resume();
      await ended;
    }
  }
}

function lastWords(said: string, code: number | null): string {
  const parts = /\[[^\]]* @ 0x[0-9a-f]+\] /g; // which part of it spoke, and its address in memory
  const text = redacted(said.replaceAll(parts, '').trim()).slice(-ERROR_LENGTH).trim();
  return `ffmpeg ended with ${code === null ? 'a signal' : `code ${code}`}${text === '' ? '' : `: ${text}`}`;
}
