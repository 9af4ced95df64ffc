// Everything that crosses plain HTTP, registered as one plugin.

import { createAdmission } from './admission.ts';
import { feedbackRoutes } from './feedback.ts';
import { registerModelFiles } from './model-file-routes.ts';
import { registerOpenApi } from './openapi.ts';
import { registerPredictPicture } from './predict-routes.ts';
import type { Routes } from './route.ts';
import type { ProtocolDependencies } from './scope.ts';
import { registerV1 } from './v1/routes.ts';
import { registerV2 } from './v2/routes.ts';

/** Requests that may wait for one thread: a millisecond or a few each, so that the last is answered within a frame. */
const WAITING_PER_THREAD = 16;

export const httpRoutes: Routes = async (app, dependencies) => {
  const shared: ProtocolDependencies = {
    ...dependencies,
    admission: createAdmission(dependencies.pool.threads * WAITING_PER_THREAD),
  };
  await registerOpenApi(app, dependencies.version);
  await registerV2(app, shared);
  await registerV1(app, shared);
  await registerPredictPicture(app, shared);
  await registerModelFiles(app, shared);
  await app.register(async (scope) => feedbackRoutes()(scope, dependencies)); // its hooks stay inside
};
