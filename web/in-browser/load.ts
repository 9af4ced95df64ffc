// Fetches the code of reading in the browser, a chunk of its own.

import type { Tracker } from '../../ml/reader/frame-reading.ts';
import type { LocalReader } from './local-reader.ts';

/** @throws what an import throws when the server is away */
export async function loadReading(token: string | undefined): Promise<{ reader: LocalReader; tracker: Tracker }> {
  const [{ createLocalReader }, { createTracker }] = await Promise.all([
    import('./create-local-reader.ts'),
    import('../../ml/reader/track.ts'),
  ]);
  return { reader: createLocalReader({ token }), tracker: createTracker() };
}
