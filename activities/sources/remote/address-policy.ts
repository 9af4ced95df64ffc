// Which places of the network a run configuration may lead this worker to. Whoever can start a run writes the addresses,
// and the worker often stands where metadata services, databases and routers trust their neighbours.

import ipaddr from 'ipaddr.js';
import { UrlNotAllowed } from '../../errors.ts';

/** On the public internet nothing else serves files; every other service is none of ours to talk to. */
const PUBLIC_PORTS = [80, 443, 8080, 8443];

/** Azure's metadata and DNS service: a public address by its number, by its place none. */
const WIRE_SERVER = '168.63.129.16';

const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

export interface AddressPolicy {
  /**
   * An address of a run configuration or of a redirect as a URL that may be asked. What its name resolves to is checked
   * later, when the connection is made.
   * @param base resolves relative addresses
   * @throws UrlNotAllowed
   */
  checkUrl(address: string, base?: URL): URL;
  /** @param host for the message @throws UrlNotAllowed when nothing may be sent to this numeric address and port */
  checkAddress(address: string, port: number, host: string): void;
}

/**
 * Public addresses are allowed, and those of the named networks with every port.
 * @param networks CIDR, e.g. 10.1.0.0/16
 * @throws RangeError for what is no network
 */
export function createAddressPolicy(networks: readonly string[]): AddressPolicy {
  const allowed = networks.map(parseNetwork);
  const checkAddress: AddressPolicy['checkAddress'] = (address, port, host) => {
    const problem = problemOf(address, port, allowed);
    if (problem !== undefined) {
      throw new UrlNotAllowed(
        `${host}: expected a public address and port ${PUBLIC_PORTS.join(', ')}, or a network of ` +
          `DIGITFLOW_URL_NETWORKS of the worker, got ${problem}`,
      );
    }
  };
  return {
    checkAddress,
    checkUrl(address, base) {
      const url = parseUrl(address, base);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      // A name is checked when it is resolved; a numeric host is never resolved.
      if (ipaddr.isValid(host)) checkAddress(host, portOf(url), url.hostname);
      return url;
    },
  };
}

export const portOf = ({ port, protocol }: URL): number => (port === '' ? DEFAULT_PORTS[protocol]! : Number(port));

/** An address as it may stand in messages and records: queries often hold keys. */
export const shownUrl = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`.slice(0, 300);

function parseUrl(address: string, base: URL | undefined): URL {
  const refuse = (got: string, cause?: unknown): never => {
    throw new UrlNotAllowed(`expected an http or https address without user and password, got ${got}`, { cause });
  };
  let url: URL;
  try {
    url = new URL(address, base); // reads integers, octal, hex and full-width digits as the connection would
  } catch (error) {
    return refuse(JSON.stringify(address.slice(0, 200)), error);
  }
  if (DEFAULT_PORTS[url.protocol] === undefined) return refuse(`scheme ${url.protocol}`);
  if (url.username !== '' || url.password !== '') return refuse(`${shownUrl(url)} with a user or password`);
  if (base?.protocol === 'https:' && url.protocol === 'http:')
    return refuse(`${shownUrl(url)}, where https led to http`);
  url.hash = '';
  return url;
}

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

function parseNetwork(text: string): Network {
  try {
    return ipaddr.parseCIDR(text);
  } catch (error) {
    throw new RangeError(`DIGITFLOW_URL_NETWORKS: expected networks such as 10.1.0.0/16, got ${JSON.stringify(text)}`, {
      cause: error,
    });
  }
}

function problemOf(text: string, port: number, networks: readonly Network[]): string | undefined {
  if (!ipaddr.isValid(text)) return 'no numeric address';
  const address = ipaddr.parse(text);
  if (networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))) return;
  // Not unwrapped: an IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo) has no business here.
  const range = address.range();
  if (range !== 'unicast') return `one that is ${range}`;
  // ipaddr.js calls what it has no name for unicast; of IPv6 only 2000::/3 is given out.
  if (address.kind() === 'ipv6' && !address.match(GLOBAL_UNICAST)) return 'one outside 2000::/3';
  if (address.toString() === WIRE_SERVER) return 'one of a cloud provider itself';
  return PUBLIC_PORTS.includes(port) ? undefined : `port ${port}`;
}

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
