// The port to where images come from: one file a source behind it. A source knows files, packages and layouts; it does
// not know shards, splits, rejection limits or the store.

import type { ArtifactRef } from '../../artifacts/store.ts';
import type { SplitHint } from '../../ml/dataset/samples.ts';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import type { StepProgress } from '../step.ts';
import type { DecodePool } from '../threads/decode-pool.ts';

/** Why a file was set aside. */
export type RejectionReason =
  'empty' | 'not-an-image' | 'unreadable' | 'too-large' | 'outside-class-folder' | 'not-a-plain-file';

export interface AcceptedItem {
  /** Where the image came from, for people: a path inside the folder or archive. */
  name: string;
  className: string;
  /** The name of one of the opened source's parts. */
  source: string;
  /** Samples that must not be parted by a split, e.g. one typeface. */
  group?: string;
  splitHint?: SplitHint;
  /** Longest side at most 128 pixels. */
  image: GrayImage;
}

export interface RejectedItem {
  name: string;
  rejected: { reason: RejectionReason; detail: string };
}

export type SourceItem = AcceptedItem | RejectedItem;

export interface Licence {
  package: string;
  version: string;
  licence: string;
}

export interface SourcePart {
  name: string;
  kind: string;
  licences: Licence[];
}

export interface OpenedSource {
  /** Every class, with at least one file each, in the order of labels. */
  classes: string[];
  /** In the order of source indices. */
  parts: SourcePart[];
  /** False when something of what the identity names could not be had: the dataset must not stand for the whole one. */
  complete: boolean;
  /** How many items will come, for progress. */
  total: number;
  /** Reads once, in an order that depends on the content alone. */
  items(): AsyncIterable<SourceItem>;
}

export interface SourceContext {
  signal: AbortSignal;
  /** The verified bytes of a blob. */
  read(ref: ArtifactRef): Promise<Uint8Array>;
  /**
   * Keeps a file of the source as it was read, under a path that is its own; null for what is no plain file or can't be
   * read. In an order that depends on the content alone.
   */
  keep: (path: string, content: Uint8Array | AsyncIterable<Uint8Array> | null) => Promise<void>;
  /** The same of a file that stands in the store already. */
  keepBlobs: (path: string, parts: readonly ArtifactRef[]) => Promise<void>;
  warn(message: string): void;
  progress(progress: StepProgress): void;
  /** Threads to decode in. @default the step's own thread */
  pool?: DecodePool | undefined;
}

export interface Source {
  kind: string;
  /** The dataset's name for people. */
  name: string;
  /** True when items say which split they belong to. */
  splitHints: boolean;
  /** Small JSON that pins the content: equal identities give equal items. */
  identity(context: Pick<SourceContext, 'signal'>): Promise<Record<string, unknown>>;
  /** Lists what is there and refuses what is unsafe, before any image is decoded. */
  open(context: SourceContext): Promise<OpenedSource>;
}

/** Ten digits in order, other names by code units, `none` last: the order of labels, whatever order files come in. */
export function sortClasses(names: Iterable<string>): string[] {
  const rank = (name: string): number => (/^[0-9]$/.test(name) ? 0 : name === 'none' ? 2 : 1);
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
