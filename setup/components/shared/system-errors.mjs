// Errors of the operating system and the network, in words, each with the command that would fix it.

import { WayFailed } from './errors.mjs';

const ANOTHER_FOLDER = 'DIGITFLOW_CACHE=/a/folder/with/room npm start';
const ONLINE_AGAIN = 'npm start    (when the network is back; behind a proxy: HTTPS_PROXY=http://HOST:PORT npm start)';
const CERTIFICATE = 'NODE_EXTRA_CA_CERTS=/path/to/your/ca.pem npm start';

const FULL = ['ENOSPC', 'EDQUOT'];
const FORBIDDEN = ['EACCES', 'EPERM', 'EROFS'];
const NETWORK = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EPIPE',
  'EPROTO',
  'ERR_STREAM_PREMATURE_CLOSE',
];
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/;

/**
 * The same error as a reason with its fix; a mistake of ours (no system error code) is handed back as it is.
 * @param {unknown} error
 * @returns {unknown} a WayFailed where the cause is the machine or the network
 */
export function explainSystemError(error) {
  if (error instanceof WayFailed || !(error instanceof Error)) return error;
  const { code, path } = /** @type {NodeJS.ErrnoException} */ (error);
  if (typeof code !== 'string') return error;
  const where = path === undefined ? '' : ` at ${path}`;
  if (FULL.includes(code))
    return new WayFailed(`the disk is full${where} (${code})`, { fix: ANOTHER_FOLDER, cause: error });
  if (FORBIDDEN.includes(code)) {
    return new WayFailed(`no right to write${where} (${code})`, { fix: ANOTHER_FOLDER, cause: error });
  }
  if (NETWORK.includes(code)) {
    return new WayFailed(`the network gave no answer: ${error.message}`, { fix: ONLINE_AGAIN, cause: error });
  }
  if (UNTRUSTED.test(code)) {
    return new WayFailed(`the server's certificate isn't trusted: ${error.message}`, {
      fix: CERTIFICATE,
      cause: error,
    });
  }
  return /^E[A-Z0-9]+$/.test(code) ? new WayFailed(error.message, { cause: error }) : error;
}

/** The fix to offer when a program of others says that it couldn't reach its registry. */
export const NETWORK_FIX = ONLINE_AGAIN;

/** The fix to offer when there is too little room. */
export const ROOM_FIX = ANOTHER_FOLDER;
