// The store whose champion a bench reads: that of the home folder, or S3_ENDPOINT's. Temporal need not run.

import { openStore } from '../artifacts/open-store.ts';
import type { Store } from '../artifacts/store.ts';
import { resolveStore } from '../config/connection.ts';
import { readEndpoints } from '../config/endpoints.ts';
import { homePaths } from '../config/home.ts';

/** @throws NoStack, MissingCredentials, InvalidHomeFile */
export function openChampionStore(): Store {
  const paths = homePaths();
  return openStore(resolveStore(process.env, readEndpoints(paths.endpoints), paths));
}
