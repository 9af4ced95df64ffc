// Where the worker that delivered this page answers.

/** The session that a link names: someone reserved it for whoever opens the page first. */
const reserved = (): string | undefined => new URLSearchParams(location.search).get('session') ?? undefined;

/** @param session the one this page had before it lost its connection */
export function sessionAddress(session: string | undefined): string {
  const address = new URL('/v1/session', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const known = session ?? reserved();
  address.search = known === undefined ? '' : `?session=${encodeURIComponent(known)}`;
  address.hash = '';
  return address.href;
}

export const bearer = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

/** Whether the worker is there and turns this page away for want of a token, or of another one. */
export async function wantsToken(token: string | undefined): Promise<boolean> {
  try {
    const { status } = await fetch('/v2/models', { headers: bearer(token), cache: 'no-store' });
    return status === 401 || status === 403;
  } catch {
    return false; // it is away, which is another matter
  }
}
