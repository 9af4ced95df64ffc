// Who may be asked for and who may ask: names in Host (or a page elsewhere could make a visitor's browser talk to this
// worker under its own name: DNS rebinding), and pages in Origin.

import { hostname, networkInterfaces } from 'node:os';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Whether the address of a peer or of a listener is this machine's own. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^((::ffff:)?127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/i.test(address);

/** As it stands in a URL. */
export const hostInUrl = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

export interface KnownAddresses {
  isKnownHost: (host: string | undefined) => boolean;
  isKnownOrigin: (origin: string) => boolean;
}

export interface AddressOptions {
  /** What the server listens on. */
  host: string;
  port: number;
  tls: boolean;
  /** More origins whose pages may use this worker: `https://digits.example`. Their hosts are known names, too. */
  allowedOrigins: readonly string[];
}

/** @param options.port the port that was bound, never 0 */
export function knownAddresses({ host, port, tls, allowedOrigins }: AddressOptions): KnownAddresses {
  const names = new Set(LOOPBACK_NAMES);
  if (WILDCARDS.has(host)) ownNames().forEach((name) => names.add(name));
  else names.add(hostInUrl(host.toLowerCase()));
  const scheme = tls ? 'https' : 'http';
  const origins = new Set([...names].map((name) => new URL(`${scheme}://${name}:${port}`).origin));
  for (const allowed of allowedOrigins) {
    const url = new URL(allowed);
    origins.add(url.origin);
    names.add(url.hostname);
  }
  return {
    isKnownHost: (header) => header !== undefined && names.has(hostnameOf(header)),
    isKnownOrigin: (origin) => origins.has(origin),
  };
}

/** What this machine may be called by others. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((ones) => ones?.map(({ address }) => address) ?? []);
  const own = hostname().toLowerCase();
  return [...addresses.map((address) => hostInUrl(address.toLowerCase())), own, `${own}.local`];
}

/** `Name:port` or `[v6]:port` without its port, in lower case. */
function hostnameOf(header: string): string {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/i.exec(header);
  return match?.[1]?.toLowerCase() ?? '';
}
