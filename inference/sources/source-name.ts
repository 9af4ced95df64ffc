// `--source` as a person writes it, and as others may see it.

import { InvalidSource } from './source.ts';

export type SourceName =
  | { kind: 'browser' }
  | { kind: 'camera'; device: string }
  | { kind: 'file'; path: string }
  | { kind: 'rtsp'; url: string };

const EXPECTED = 'browser, camera:/dev/video0, file:video.mp4 (.y4m, .mjpeg, a folder) or rtsp://…';

/**
 * @param text `browser`, `camera:DEVICE` (no device: the first camera), `file:PATH`, `rtsp://…` or `rtsps://…`
 * @throws InvalidSource, without the password that a mistyped address may hold
 */
export function parseSourceName(text: string): SourceName {
  if (text === 'browser') return { kind: 'browser' };
  if (/^rtsps?:\/\//i.test(text)) {
    if (!URL.canParse(text) || /[\r\n'\\]/.test(text)) throw invalid(text);
    return { kind: 'rtsp', url: text };
  }
  const [, scheme, rest = ''] = /^(camera|file)(?::(.*))?$/s.exec(text) ?? [];
  if (scheme === 'camera') return { kind: 'camera', device: rest };
  if (scheme === 'file' && rest !== '') return { kind: 'file', path: rest.replace(/^\/\/(?=\/)/, '') };
  throw invalid(text);
}

/** A text without the user names, passwords and tokens of the addresses in it: for people, logs and other processes. */
export function redacted(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1***@')
    .replace(
      /([?&](?:[a-z0-9_-]*(?:token|key|secret|passw(?:or)?d|pwd|auth)[a-z0-9_-]*|user|pass)=)[^&\s'"]*/gi,
      '$1***',
    );
}

function invalid(text: string): InvalidSource {
  return new InvalidSource(`source: expected ${EXPECTED}, got ${JSON.stringify(redacted(text).slice(0, 200))}`);
}
