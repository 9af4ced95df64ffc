// From a run configuration to the source it names: one line a kind.

import type { PinnedCorrection } from '../../artifacts/feedback-list.ts';
import type { SourceConfiguration } from '../../config/schema.ts';
import { archiveSource } from './archive.ts';
import { builtinSource } from './builtin.ts';
import type { NpmOptions } from './builtin/npm-options.ts';
import { feedbackSource } from './feedback.ts';
import { folderSource } from './folder.ts';
import { idxSource } from './idx.ts';
import type { Source } from './source.ts';

/** What the machine gives to sources. Decides where bytes are looked for, never what they are. */
export interface SourceEnvironment {
  /** A folder for downloads, shared by all checkouts of a user. */
  cacheFolder: string;
  /** Folders under which paths of a run configuration must lie, after links are followed. */
  dataRoots: readonly string[];
  npm: NpmOptions;
  /** Where the built-in data's packages were laid out from what an earlier ingest kept. @default they are fetched */
  keptPackages?: string;
  /** People's corrections, as the worker listed them when the step began. @default none */
  corrections?: readonly PinnedCorrection[];
}

export function openSource(configuration: SourceConfiguration, seed: number, environment: SourceEnvironment): Source {
  const { cacheFolder, dataRoots, npm, keptPackages } = environment;
  switch (configuration.kind) {
    case 'builtin':
      return builtinSource({
        ...configuration,
        seed,
        cacheFolder,
        npm,
        ...(keptPackages !== undefined && { keptPackages }),
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
    case 'feedback':
      return feedbackSource({ corrections: environment.corrections ?? [], only: configuration });
  }
}
