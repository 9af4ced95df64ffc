// What may be wrong with the images a person gives. Most are final: the same images fail again.

import type { ArtifactRef } from '../artifacts/store.ts';

/** Thrown when a path of the run configuration does not lie under an allowed root of this worker. */
export class SourceNotAllowed extends Error {
  override readonly name = 'SourceNotAllowed';
  readonly code = 'SourceNotAllowed';
  readonly retryable = false;
}

/** Thrown when a path of the run configuration leads nowhere, or to something of another kind. */
export class SourceNotFound extends Error {
  override readonly name = 'SourceNotFound';
  readonly code = 'SourceNotFound';
  readonly retryable = false;
}

/** Thrown when an address of the run configuration, or one it redirects to, leads where this worker may not go. */
export class UrlNotAllowed extends Error {
  override readonly name = 'UrlNotAllowed';
  readonly code = 'UrlNotAllowed';
  readonly retryable = false;
}

/** Thrown when a server can't be reached, or its answer ends too early. Worth a few attempts: each goes on where the last ended. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
  readonly code = 'DownloadFailed';
}

/** Thrown when a server says that it will not give a file. */
export class DownloadRefused extends Error {
  override readonly name = 'DownloadRefused';
  readonly code = 'DownloadRefused';
  readonly retryable = false;
}

/** Thrown when a file is larger than `maxBytes` of the source. */
export class DownloadTooLarge extends Error {
  override readonly name = 'DownloadTooLarge';
  readonly code = 'DownloadTooLarge';
  readonly retryable = false;
}

/** Thrown when the downloads of a source take longer than its `timeoutSeconds`. Another attempt goes on where this one ended. */
export class DownloadTimedOut extends Error {
  override readonly name = 'DownloadTimedOut';
  readonly code = 'DownloadTimedOut';
}

/** Thrown when a file is not the one that the run configuration or a list pins by its SHA-256. */
export class WrongDigest extends Error {
  override readonly name = 'WrongDigest';
  readonly code = 'WrongDigest';
  readonly retryable = false;
}

/** Thrown when a list of images is not in its format. */
export class InvalidImageList extends Error {
  override readonly name = 'InvalidImageList';
  readonly code = 'InvalidImageList';
  readonly retryable = false;
}

/** Thrown when a folder or archive no longer is what the step key was made of. Another attempt makes a new key. */
export class SourceChanged extends Error {
  override readonly name = 'SourceChanged';
  readonly code = 'SourceChanged';
  readonly retryable = true;
}

/** Thrown when an archive names a place outside itself, a link or a device. */
export class UnsafeArchive extends Error {
  override readonly name = 'UnsafeArchive';
  readonly code = 'UnsafeArchive';
  readonly retryable = false;
}

/** Thrown when a file name in a folder or archive is not UTF-8. */
export class NameNotUtf8 extends Error {
  override readonly name = 'NameNotUtf8';
  readonly code = 'NameNotUtf8';
  readonly retryable = false;
}

/** Thrown when an archive would unpack to far more than a set of small images needs. */
export class DecompressionBomb extends Error {
  override readonly name = 'DecompressionBomb';
  readonly code = 'DecompressionBomb';
  readonly retryable = false;
}

/** Thrown when an archive asks for a password. */
export class EncryptedArchive extends Error {
  override readonly name = 'EncryptedArchive';
  readonly code = 'EncryptedArchive';
  readonly retryable = false;
}

/** Thrown when an archive is cut short, damaged, or not of the kind its name says. */
export class DamagedArchive extends Error {
  override readonly name = 'DamagedArchive';
  readonly code = 'DamagedArchive';
  readonly retryable = false;
}

/** Thrown when an IDX file is cut short, too long, or not of the kind it should be. */
export class DamagedIdx extends Error {
  override readonly name = 'DamagedIdx';
  readonly code = 'DamagedIdx';
  readonly retryable = false;
}

/** Thrown when an IDX file of labels counts more or fewer than its images. */
export class IdxPairDiffers extends Error {
  override readonly name = 'IdxPairDiffers';
  readonly code = 'IdxPairDiffers';
  readonly retryable = false;
}

/** Thrown when a label is no number of one of the classes. */
export class LabelOutsideClasses extends Error {
  override readonly name = 'LabelOutsideClasses';
  readonly code = 'LabelOutsideClasses';
  readonly retryable = false;
}

/** Thrown when a folder or archive holds no file at all. */
export class EmptyDataset extends Error {
  override readonly name = 'EmptyDataset';
  readonly code = 'EmptyDataset';
  readonly retryable = false;
}

/** Thrown when a class has a folder but no readable image. */
export class EmptyClass extends Error {
  override readonly name = 'EmptyClass';
  readonly code = 'EmptyClass';
  readonly retryable = false;
}

/** Thrown when the number of classes is outside 2 … 256. */
export class WrongClassCount extends Error {
  override readonly name = 'WrongClassCount';
  readonly code = 'WrongClassCount';
  readonly retryable = false;
}

/** Thrown when too few packages of typefaces can be fetched. The registry may be back later: worth a few attempts. */
export class TooFewTypefaces extends Error {
  override readonly name = 'TooFewTypefaces';
  readonly code = 'TooFewTypefaces';
}

/** Thrown when more files than allowed are no readable images. `details` holds the list and its first twenty lines. */
export class TooManyRejected extends Error {
  override readonly name = 'TooManyRejected';
  readonly code = 'TooManyRejected';
  readonly retryable = false;
  readonly details: ListedProblems;
  constructor(message: string, details: ListedProblems) {
    super(message);
    this.details = details;
  }
}

/** Thrown when more samples than allowed share their pixels with a sample of another class. */
export class TooManyConflicts extends Error {
  override readonly name = 'TooManyConflicts';
  readonly code = 'TooManyConflicts';
  readonly retryable = false;
  readonly details: ListedProblems;
  constructor(message: string, details: ListedProblems) {
    super(message);
    this.details = details;
  }
}

/** Problems by ref: a failure's payload stays small however many there are. */
export interface ListedProblems {
  count: number;
  /** JSON lines, at most 100,000. */
  all: ArtifactRef;
  /** JSON lines, at most twenty. */
  first: ArtifactRef;
}
