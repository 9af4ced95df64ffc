// What went wrong with a camera, and what to do about it, in plain words.

export interface Advice {
  title: string;
  /** What to do. */
  advice: string;
  /** Whether trying again may help without changing the page's address. */
  mayRetry: boolean;
}

export type CameraProblem =
  | 'insecure'
  | 'unsupported'
  | 'NotAllowedError'
  | 'NotFoundError'
  | 'NotReadableError'
  | 'OverconstrainedError'
  | 'ended'
  | 'unknown';

const ADVICE: Record<CameraProblem, Advice> = {
  insecure: {
    title: 'The browser keeps the camera from this address',
    advice:
      'Cameras need https, or localhost. Start the worker with “digitflow serve --tls” and open its https:// link, or open this page on the machine itself. Still and Draw work without a camera.',
    mayRetry: false,
  },
  unsupported: {
    title: 'This browser offers no camera',
    advice: 'A current Chrome, Edge, Firefox or Safari does. Still and Draw work without a camera.',
    mayRetry: false,
  },
  NotAllowedError: {
    title: 'The camera is not allowed here',
    advice:
      'Click the camera or lock sign beside the address, allow the camera, then try again. On a phone or a Mac, the system’s privacy settings must allow the browser, too.',
    mayRetry: true,
  },
  NotFoundError: {
    title: 'No camera found',
    advice: 'Plug one in, or open its shutter or switch, then try again. Still and Draw work without a camera.',
    mayRetry: true,
  },
  NotReadableError: {
    title: 'Another program holds the camera',
    advice: 'Close other tabs, meetings or programs that use it, then try again. Plugging it in anew helps, too.',
    mayRetry: true,
  },
  OverconstrainedError: {
    title: 'That camera is not there any more',
    advice: 'Choose another camera, then try again.',
    mayRetry: true,
  },
  ended: {
    title: 'The camera went away',
    advice: 'It was unplugged, or another program took it. Plug it in, then try again.',
    mayRetry: true,
  },
  unknown: {
    title: 'The camera did not start',
    advice: 'Try again, or choose another camera. Still and Draw work without one.',
    mayRetry: true,
  },
};

export const adviceFor = (problem: CameraProblem): Advice => ADVICE[problem];

/** Names older browsers use for the same thing. */
const OTHER_NAMES: Record<string, CameraProblem> = {
  PermissionDeniedError: 'NotAllowedError',
  SecurityError: 'NotAllowedError',
  DevicesNotFoundError: 'NotFoundError',
  TrackStartError: 'NotReadableError',
  AbortError: 'NotReadableError',
  ConstraintNotSatisfiedError: 'OverconstrainedError',
};

/** What an error of `getUserMedia` means. */
export function cameraProblem(error: unknown): CameraProblem {
  const name = error instanceof Error ? error.name : '';
  if (Object.hasOwn(ADVICE, name)) return name as CameraProblem;
  return Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name]! : 'unknown';
}
