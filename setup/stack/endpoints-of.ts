// endpoints.json: how everybody else finds a running stack. Its form stands in config/endpoints.ts.

import { pathToFileURL } from 'node:url';
import type { StoreConnection, TemporalConnection } from '../../config/connection.ts';
import { type Endpoints, endpointsSchema } from '../../config/endpoints.ts';
import type { PartView } from './state-file.ts';
import { announcedEndpoints } from './worker-part.ts';

export function endpointsOf(
  temporal: TemporalConnection,
  store: StoreConnection,
  parts: Iterable<PartView>,
): Endpoints {
  return endpointsSchema.parse({
    temporal: temporal.address,
    namespace: temporal.namespace,
    temporalUi: temporal.uiUrl,
    ...(store.kind === 'file'
      ? { store: pathToFileURL(store.folder).href }
      : { store: store.endpoint, bucket: store.bucket, region: store.region }),
    ...Object.assign({}, ...[...parts].map((part) => announcedEndpoints(part.details))),
  });
}
