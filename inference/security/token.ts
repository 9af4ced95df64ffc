// The one secret of a worker that others can reach. It keeps the SHA-256 alone; the token crosses in a header, in the
// WebSocket's list of subprotocols or in its first message, never in an address, which ends up in logs.

import { createHash, timingSafeEqual } from 'node:crypto';

/** A subprotocol that carries a token: its text as base64url after this. */
const TOKEN_PROTOCOL = 'token.';

/** @param sha256 of the token's text, lower-case hex */
export function tokenCheck(sha256: string): (token: string | undefined) => boolean {
  const expected = Buffer.from(sha256, 'hex');
  return (token) =>
    token !== undefined && timingSafeEqual(createHash('sha256').update(token, 'utf8').digest(), expected);
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,200}) *$/i.exec(header ?? '')?.[1];
}

/**
 * What may be the token in a list of subprotocols, `digits.v1, token.<…>`: the text as it stands (our tokens are
 * base64url already), and what it is the base64url of (for tokens with characters that no header may hold).
 */
export function subprotocolTokens(header: string | undefined): string[] {
  const entry = (header ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(TOKEN_PROTOCOL));
  if (entry === undefined) return [];
  const text = entry.slice(TOKEN_PROTOCOL.length);
  return [text, Buffer.from(text, 'base64url').toString('utf8')];
}
