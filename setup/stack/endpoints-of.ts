// endpoints.json: how everybody else finds a running stack. Its form stands in config/endpoints.ts.

import { pathToFileURL } from 'node:url';
import type { StoreConnection, TemporalConnection } from '../../config/connection.ts';
import { type Endpoints, endpointsSchema } from '../../config/endpoints.ts';
import type { Pem, TemporalTls } from '../../config/temporal.ts';
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
    ...(temporal.tls !== undefined && { temporalTls: filesOf(temporal.tls) }),
    ...(store.kind === 'file'
      ? { store: pathToFileURL(store.folder).href }
      : {
          store: store.endpoint,
          bucket: store.bucket,
          region: store.region,
          storeAddressing: store.addressing,
          storeCaFile: store.caFile,
        }),
    ...Object.assign({}, ...[...parts].map((part) => announcedEndpoints(part.details))),
  });
}

/** A certificate that came as text has its key as text: neither is written down. */
function filesOf({ serverName, authority, certificate, key }: TemporalTls) {
  const file = (pem: Pem | undefined) => (pem !== undefined && 'path' in pem ? pem : undefined);
  const own = file(certificate) && file(key) && { certificate: file(certificate), key: file(key) };
  return { serverName, authority: file(authority), ...own };
}
