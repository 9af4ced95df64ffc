// What Temporal's SDK counts (slots of task queues, pollers, latencies, failures): it serves that itself, on a port of
// loopback that nobody else knows; here it becomes a part of our own answer.

const LIMIT_MS = 2_000;

/** Where the SDK is to serve, as its option wants it. Must be known before anything of the SDK runs. */
export async function sdkMetricsAddress(): Promise<string> {
  const { default: getPort } = await import('get-port');
  return `127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
}

/** Its text; empty where it doesn't answer: our own figures are worth telling all the same. */
export async function sdkMetricsText(address: string): Promise<string> {
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(LIMIT_MS) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
