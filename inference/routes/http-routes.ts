// All protocols that cross plain HTTP, registered as one plugin.

import { createAdmission } from './admission.ts';
import type { Routes } from './route.ts';
import type { ProtocolDependencies } from './scope.ts';
import { registerV2 } from './v2/routes.ts';

/** Requests that may wait for one thread: a millisecond or a few each, so that the last is answered within a frame. */
const WAITING_PER_THREAD = 16;

export const httpRoutes: Routes = async (app, dependencies) => {
  const shared: ProtocolDependencies = {
    ...dependencies,
    admission: createAdmission(dependencies.pool.threads * WAITING_PER_THREAD),
  };
  await registerV2(app, shared);
};
