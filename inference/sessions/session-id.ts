// Names of sessions on the wire. Whoever knows one may take the session: none can be guessed.

import { randomBytes } from 'node:crypto';

/** 128 bits: no one finds one by trying. */
const ID_BYTES = 16;
const ID = /^[A-Za-z0-9_-]{22}$/;

export const newSessionId = (): string => randomBytes(ID_BYTES).toString('base64url');

/** Whether a client's text can be a session's id at all. */
export const isSessionId = (text: string): boolean => ID.test(text);
