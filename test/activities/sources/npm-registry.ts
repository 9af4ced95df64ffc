// A small npm registry on loopback: the packages it is given, and a count of what was asked.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PackagePin } from '../../../activities/sources/builtin/npm-package.ts';
import { makeTgz } from './make-archives.ts';

export interface RegistryPackage {
  pin: PackagePin;
  tarball: Buffer;
  /** Where the tarball stands, if not at the usual place. */
  place?: string;
}

export function makePackage(name: string, files: Record<string, Uint8Array>, licence = 'OFL-1.1'): RegistryPackage {
  const manifest = Buffer.from(JSON.stringify({ name, version: '1.0.0', license: licence }));
  const tarball = makeTgz(
    Object.entries({ 'package.json': manifest, ...files }).map(([path, bytes]) => ({ name: `package/${path}`, bytes })),
  );
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  return { pin: { name, version: '1.0.0', integrity }, tarball };
}

export async function startRegistry(packages: RegistryPackage[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!);
    requests.push(path);
    const found = packages.find(({ pin, place }) => path === `/${pin.name}` || path === (place ?? placeOf(pin)));
    if (found === undefined) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{}');
    if (path !== `/${found.pin.name}`) return void response.end(found.tarball);
    const { name, version, integrity } = found.pin;
    const dist = { tarball: `${url()}${(found.place ?? placeOf(found.pin)).slice(1)}`, integrity };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url: url(),
    requests,
    stop: () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

const placeOf = ({ name, version }: PackagePin): string =>
  `/${name}/-/${name.slice(name.lastIndexOf('/') + 1)}-${version}.tgz`;
