/** Thrown when reading here can't start; the message is a sentence for people. `prepare` may be tried again. */
export class LocalFailure extends Error {
  override readonly name: string = 'LocalFailure';
}

/** Thrown when a model is signed by another key than the one this browser trusts for this address. */
export class KeyChanged extends LocalFailure {
  override readonly name = 'KeyChanged';
  readonly key: string;
  constructor(key: string) {
    super(
      'The model is signed by another key than the one this browser knows from here. ' +
        'If you have changed the signing key, trust the new one; if not, somebody else may have made this model.',
    );
    this.key = key;
  }
}
