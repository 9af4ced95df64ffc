// From a run configuration to the source it names: one line a kind.

import { join } from 'node:path';
import type { PinnedCorrection } from '../../artifacts/feedback-list.ts';
import type { SourceConfiguration } from '../../config/schema.ts';
import { archiveSource } from './archive.ts';
import { builtinSource } from './builtin.ts';
import type { NpmOptions } from './builtin/npm-options.ts';
import { feedbackSource } from './feedback.ts';
import { folderSource } from './folder.ts';
import { idxSource } from './idx.ts';
import { createAddressPolicy, type AddressPolicy } from './remote/address-policy.ts';
import { createDownloads } from './remote/downloads.ts';
import { keptFiles, networkFiles, type RemoteFiles } from './remote/remote-files.ts';
import { createRequester } from './remote/request.ts';
import type { Source } from './source.ts';
import { urlSource } from './url.ts';

/** What the machine gives to sources. Decides where bytes are looked for, never what they are. */
export interface SourceEnvironment {
  /** A folder for downloads, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths of a run configuration must lie, after links are followed. */
  dataRoots: readonly string[];
  npm: NpmOptions;
  /** Where what an earlier ingest kept of packages and downloads was laid out. @default they are fetched */
  keptSource?: string;
  /** Networks that addresses of a run configuration may lead to besides the public internet, as CIDR. @default none */
  urlNetworks?: readonly string[];
  /** People's corrections, as the worker listed them when the step began. @default none */
  corrections?: readonly PinnedCorrection[];
}

export function openSource(configuration: SourceConfiguration, seed: number, environment: SourceEnvironment): Source {
  const { cacheFolder, dataRoots, npm, keptSource } = environment;
  switch (configuration.kind) {
    case 'builtin':
      return builtinSource({
        ...configuration,
        seed,
        cacheFolder,
        npm,
        ...(keptSource !== undefined && { keptPackages: keptSource }),
      });
    case 'folder':
      return folderSource({ path: configuration.path, dataRoots });
    case 'archive': {
      const { path, parts, name } = configuration;
      return archiveSource({
        dataRoots,
        ...(path !== undefined && { path }),
        ...(parts !== undefined && { parts }),
        ...(name !== undefined && { name }),
      });
    }
    case 'idx': {
      const { images, labels, classes } = configuration;
      return idxSource({ images: { ...images, dataRoots }, labels: { ...labels, dataRoots }, classes });
    }
    case 'url': {
      const policy = createAddressPolicy(environment.urlNetworks ?? []);
      return urlSource({
        ...configuration,
        policy,
        files: filesFor(configuration.timeoutSeconds, policy, environment),
      });
    }
    case 'feedback':
      return feedbackSource({ corrections: environment.corrections ?? [], only: configuration });
  }
}

function filesFor(
  timeoutSeconds: number,
  policy: AddressPolicy,
  { cacheFolder, keptSource }: SourceEnvironment,
): RemoteFiles {
  if (keptSource !== undefined) return keptFiles(keptSource);
  const requester = createRequester({ policy });
  return networkFiles(createDownloads({ folder: join(cacheFolder, 'downloads'), requester }), timeoutSeconds);
}
