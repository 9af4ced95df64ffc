// How a test file reaches the servers that the whole run shares (see servers.ts): it asks for one by name.

import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Base URL under which each server is started when first asked for, and described as JSON. */
    sharedServers: string;
  }
}

/** Waits until the server is up. @throws with the reason when it can't be started */
export async function sharedServer<Address>(name: 'minio' | 'temporal'): Promise<Address> {
  const answer = await fetch(`${inject('sharedServers')}/${name}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Address;
}
