// A server component as the real ones are, whose program is a line of shell; on a machine that has nothing.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentsOptions } from '../../../../setup/components/index.mjs';
import { tarGzOf } from './archives.ts';
import { scratchFolder, serve, sha256 } from './files.ts';
import { platformName, runProgram, serverComponent } from './setup-modules.ts';

type Environment = Record<string, string | undefined>;
type FakeComponent = NonNullable<ComponentsOptions['components']>[number];

export interface ServerPin {
  version: string;
  goPackage: string;
  downloads: Record<string, { url: string; member: string; sha256: string }>;
}

export const PLATFORM = platformName();
export const NO_DOWNLOAD: ServerPin = { version: '1.0', goPackage: 'github.com/minio/minio', downloads: {} };

export function fakeServer({ pin = NO_DOWNLOAD }: { pin?: ServerPin } = {}): FakeComponent {
  const inspect = async (executable: string, { environment }: { environment: Environment }): Promise<object> => {
    const { stdout } = await runProgram(executable, ['--version'], { environment });
    const version = stdout.trim().split(' ')[1] ?? '';
    return { version, refused: Number(version) >= 1 ? undefined : 'expected 1.0 or newer' };
  };
  return serverComponent({
    name: 'server',
    title: 'Fake server',
    variable: 'DIGITFLOW_SERVER',
    without: 'npm start -- --store file',
    pin,
    inspect,
    probe: async () => undefined,
  }) as FakeComponent;
}

/** A machine of its own: an empty cache, and a PATH with nothing but `bin` and the shell's own programs. */
export async function machine(): Promise<{ folder: string; environment: Environment & { HOME: string } }> {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'bin'));
  const environment = {
    HOME: folder,
    PATH: join(folder, 'bin'),
    DIGITFLOW_CACHE: join(folder, 'cache'),
    // Nothing listens there: a wheel can't be had.
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
  };
  return { folder, environment };
}

/** A release of one line of shell, on a web server that counts. */
export async function downloadable(
  line: string,
  pinned: { sha256?: string } = {},
): Promise<{ pin: ServerPin; requests: () => number }> {
  const archive = tarGzOf([{ name: 'server', content: `#!/bin/sh\n${line}\n` }]);
  let requests = 0;
  const url = await serve((_, response) => {
    requests += 1;
    response.end(archive);
  });
  const source = { url, member: 'server', sha256: sha256(archive), ...pinned };
  return { pin: { ...NO_DOWNLOAD, downloads: { [PLATFORM]: source } }, requests: () => requests };
}
