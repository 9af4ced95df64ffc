// What kind of object a key names, without saying which: for figures, traces and proofs.

/** e.g. `steps/train`, `leases/train`, `runs/run`, `runs/steps`, `models/versions`, `blobs`; also of a prefix, e.g. `runs`. */
export function keyFamily(key: string): string {
  const [room = '', ...rest] = key.split('/');
  const kind = room === 'steps' || room === 'leases' ? rest[0] : KIND_AT[room] && rest[KIND_AT[room]];
  return kind ? `${room}/${kind.replace(/\.json$/, '')}` : room;
}

/** Behind names that people chose. */
const KIND_AT: Readonly<Record<string, number>> = { runs: 2, models: 1 };
