// A TCP proxy that hears what is asked, and can lose an answer: the request reaches the server and is acted on, and the
// caller hears nothing.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface CuttingProxy {
  port: number;
  /** The next answer is thrown away as soon as the server has begun to send it, and the connection is cut. */
  cutNextAnswer(): void;
  /** How many answers were cut so far. */
  cuts(): number;
  close(): Promise<void>;
}

/** @param heard told of every piece that a caller sent */
export async function startCuttingProxy(
  target: { host: string; port: number },
  heard?: (chunk: Buffer) => void,
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let armed = false;
  let cuts = 0;

  const server = createServer((caller) => {
    const upstream = connect(target);
    for (const socket of [caller, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined); // a cut connection is what this is for
      socket.on('close', () => {
        sockets.delete(socket);
        caller.destroy();
        upstream.destroy();
      });
    }
    caller.on('data', (chunk: Buffer) => {
      heard?.(chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      // "100 Continue" is no answer yet: the server has not acted.
      if (armed && !chunk.toString('latin1').startsWith('HTTP/1.1 100')) {
        armed = false;
        cuts++;
        caller.destroy();
        return;
      }
      caller.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    cutNextAnswer: () => {
      armed = true;
    },
    cuts: () => cuts,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
