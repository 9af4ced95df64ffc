// GET over HTTP and HTTPS with redirects and the proxy of the environment. Node 20's fetch knows no proxy.

import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { WayFailed } from './errors.mjs';

const MOST_REDIRECTS = 5;
/** Silence this long is a dead connection: servers and proxies answer, or send the next bytes, within seconds. */
const SILENCE_MS = 30_000;

/**
 * @param {string} url
 * @param {{ environment: Record<string, string | undefined>, signal?: AbortSignal | undefined, accept?: string }} options
 * @returns {Promise<import('node:http').IncomingMessage>} a response of status 200, its body not yet read
 * @throws WayFailed for another status, too many redirects, or a redirect from https to http
 */
export async function httpGet(url, { environment, signal, accept = '*/*' }) {
  let current = new URL(url);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const response = await request(current, {
      environment,
      signal,
      headers: { accept, 'user-agent': 'digitflow-setup' },
    });
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return response;
    response.resume();
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
      throw new WayFailed(`${current.href}: expected status 200, got ${statusCode}`);
    }
    const next = new URL(headers.location, current);
    if (current.protocol === 'https:' && next.protocol !== 'https:') {
      throw new WayFailed(`${current.href}: expected a redirect to https, got ${next.href}`);
    }
    current = next;
  }
  throw new WayFailed(`${url}: expected at most ${MOST_REDIRECTS} redirects, got more`);
}

/**
 * @param {URL} url
 * @param {Record<string, string | undefined>} environment
 * @returns {URL | undefined} the proxy for this address, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case
 */
export function proxyFor(url, environment) {
  const read = (/** @type {string} */ name) => environment[name] || environment[name.toLowerCase()];
  const exempt = (read('NO_PROXY') ?? '').split(',').map((one) => one.trim().replace(/^\*?\./, ''));
  const host = url.hostname;
  if (
    exempt.some((one) => one === '*' || one === host || one === url.host || (one !== '' && host.endsWith(`.${one}`)))
  ) {
    return undefined;
  }
  const proxy = url.protocol === 'https:' ? read('HTTPS_PROXY') : read('HTTP_PROXY');
  return proxy === undefined ? undefined : new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/**
 * @param {URL} url
 * @param {{ environment: Record<string, string | undefined>, signal?: AbortSignal | undefined, headers: Record<string, string> }} options
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
async function request(url, { environment, signal, headers }) {
  const proxy = proxyFor(url, environment);
  const secure = url.protocol === 'https:';
  /** @type {https.RequestOptions} */
  const options = { headers, timeout: SILENCE_MS, ...(signal === undefined ? {} : { signal }) };
  if (proxy !== undefined && secure) {
    const socket = await tunnel(url, proxy, signal);
    // Without an agent, not with `agent: false`: that makes one of its own, which connects past the tunnel.
    Object.assign(options, { createConnection: () => tls.connect({ socket, servername: url.hostname }) });
  }
  return new Promise((resolve, reject) => {
    const plainProxy = proxy !== undefined && !secure;
    const sent = plainProxy
      ? http.get(
          proxy,
          { ...options, path: url.href, headers: { ...headers, host: url.host, ...credentials(proxy) } },
          resolve,
        )
      : (secure ? https : http).get(url, options, resolve);
    sent.once('timeout', () => sent.destroy(silence(url)));
    sent.once('error', reject);
  });
}

/**
 * @param {URL} url
 * @param {URL} proxy
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<import('node:stream').Duplex>}
 */
function tunnel(url, proxy, signal) {
  const target = `${url.hostname}:${url.port || 443}`;
  return new Promise((resolve, reject) => {
    const asked = (proxy.protocol === 'https:' ? https : http).request(proxy, {
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...credentials(proxy) },
      timeout: SILENCE_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    asked.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new WayFailed(`the proxy ${proxy.host} refused a connection to ${target} with status ${statusCode}`));
    });
    asked.once('timeout', () => asked.destroy(silence(proxy)));
    asked.once('error', reject);
    asked.end();
  });
}

/** @param {URL} proxy */
function credentials({ username, password }) {
  if (username === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** @param {URL} url */
function silence(url) {
  return Object.assign(new Error(`${url.host} said nothing for ${SILENCE_MS / 1000} s`), { code: 'ETIMEDOUT' });
}
