// What can go wrong with a store. Each error says where; `retryable` says whether the same call may work later.

export interface StorePlace {
  bucket: string;
  /** Absent when the whole bucket is meant. */
  key?: string | undefined;
  /** What was tried, e.g. `put`, `list`. */
  operation: string;
}

const at = ({ bucket, key, operation }: StorePlace): string =>
  `${operation} ${key === undefined ? `bucket ${bucket}` : `${key} in bucket ${bucket}`}`;

/** Thrown when the store gave no answer, or one that says "later". The write may or may not have happened. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly retryable = true;
  readonly place: StorePlace;
  constructor(place: StorePlace, got: string, options?: ErrorOptions) {
    super(`${at(place)}: expected an answer from the store, got ${got}`, options);
    this.place = place;
  }
}

/** Thrown when the store knows the caller and says no, or does not know him. */
export class StoreAccessDenied extends Error {
  override readonly name = 'StoreAccessDenied';
  readonly retryable = false;
  readonly place: StorePlace;
  constructor(place: StorePlace, got: string, options?: ErrorOptions) {
    super(`${at(place)}: expected credentials that allow it, got ${got}`, options);
    this.place = place;
  }
}

/**
 * Thrown when the store refuses what this machine signs because the two clocks are too far apart. Retryable: clocks are set
 * without changing the call, mostly by themselves.
 */
export class StoreClockSkewed extends Error {
  override readonly name = 'StoreClockSkewed';
  readonly retryable = true;
  readonly place: StorePlace;
  /** @param aheadMs how far this machine's clock is ahead of the store's, in milliseconds; undefined: unknown */
  constructor(place: StorePlace, aheadMs: number | undefined, options?: ErrorOptions) {
    const minutes = Math.round(Math.abs(aheadMs ?? 0) / 60_000);
    const got = aheadMs === undefined ? 'more' : `${minutes} minutes ${aheadMs > 0 ? 'ahead' : 'behind'}`;
    super(
      `${at(place)}: expected this machine's clock within 15 minutes of the store's, got ${got} ` +
        `(here it is ${new Date().toISOString()}); set the clock that is wrong`,
      options,
    );
    this.place = place;
  }
}

/** Thrown when the bucket does not exist. */
export class BucketMissing extends Error {
  override readonly name = 'BucketMissing';
  readonly retryable = false;
  readonly place: StorePlace;
  constructor(place: StorePlace, options?: ErrorOptions) {
    super(`${at(place)}: expected the bucket ${place.bucket} to exist, got none of that name`, options);
    this.place = place;
  }
}

/** Thrown when the store has no room left. Retryable: room is made without changing the call. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull';
  readonly retryable = true;
  readonly place: StorePlace;
  constructor(place: StorePlace, options?: ErrorOptions) {
    super(`${at(place)}: expected room in the store, got none; free or add disk space`, options);
    this.place = place;
  }
}

/** Thrown when the store answers with an error that none of the others stands for. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
  readonly retryable = false;
  readonly place: StorePlace;
  constructor(place: StorePlace, got: string, options?: ErrorOptions) {
    super(`${at(place)}: expected the store to accept it, got ${got}`, options);
    this.place = place;
  }
}

/** Thrown before anything is sent, when bytes exceed what one request may carry. */
export class ObjectTooLarge extends Error {
  override readonly name = 'ObjectTooLarge';
  readonly retryable = false;
  readonly place: StorePlace;
  constructor(place: StorePlace, sizes: { sizeBytes: number; limitBytes: number }) {
    super(`${at(place)}: expected at most ${sizes.limitBytes} bytes, got ${sizes.sizeBytes}`);
    this.place = place;
  }
}

/** Thrown before anything is sent, when a key is not one that every store takes and gives back unchanged. */
export class InvalidKey extends Error {
  override readonly name = 'InvalidKey';
  readonly retryable = false;
  constructor(key: string, expected: string) {
    super(`key: expected ${expected}, got ${JSON.stringify(key.length > 200 ? `${key.slice(0, 200)}…` : key)}`);
  }
}
