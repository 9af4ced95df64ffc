// From a run configuration to the source it names: one line a kind.

import { join } from 'node:path';
import type { PinnedCorrection } from '../../artifacts/feedback-list.ts';
import { openStore, type StoreLocation } from '../../artifacts/open-store.ts';
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
import { mixedSource } from './mixed.ts';
import { relabel } from './relabel.ts';
import { s3Source } from './s3.ts';
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
  /** Buckets that source `s3` may read, and where they are. @default none */
  s3Sources?: S3Sources;
  /** People's corrections, as the worker listed them when the step began. @default none */
  corrections?: readonly PinnedCorrection[];
}

export interface S3Sources {
  buckets: readonly string[];
  place: Omit<Extract<StoreLocation, { kind: 's3' }>, 'bucket' | 'freshKeys'>;
}

const EVERYWHERE = ['0.0.0.0/0', '::/0'];

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
      // Of what was kept nothing is fetched: where it once came from is not asked whether it may be reached from here.
      const policy = createAddressPolicy(keptSource === undefined ? (environment.urlNetworks ?? []) : EVERYWHERE);
      return urlSource({
        ...configuration,
        policy,
        files: filesFor(configuration.timeoutSeconds, policy, environment),
      });
    }
    case 's3':
      return s3For(configuration, environment);
    case 'mixed':
      return mixedSource(
        configuration.sources.map(({ name, source }, index) => ({
          name,
          source: openSource(source, seed, {
            ...environment,
            ...(keptSource !== undefined && { keptSource: join(keptSource, String(index)) }),
          }),
        })),
      );
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

/** What was kept of a prefix is a folder. */
function s3For(
  { bucket, prefix }: Extract<SourceConfiguration, { kind: 's3' }>,
  { s3Sources, keptSource }: SourceEnvironment,
): Source {
  const source = s3Source({
    bucket,
    prefix,
    allowedBuckets: s3Sources?.buckets ?? [],
    openBucket: (allowed) => openStore({ ...s3Sources!.place, bucket: allowed }),
  });
  if (keptSource === undefined) return source;
  const kept = folderSource({ path: keptSource, dataRoots: [keptSource] });
  return {
    ...source,
    identity: (context) => kept.identity(context),
    open: async (context) => relabel(await kept.open(context), 's3'),
  };
}
