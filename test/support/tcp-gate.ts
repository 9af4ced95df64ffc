// A way to a server that a test can close and open again: while it is closed, whoever goes through it is cut off.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpGate {
  /** `host:port` of this side. */
  address: string;
  /** Cuts all connections and takes no new one. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

/** @param address `host:port` of the server */
export async function startTcpGate(address: string): Promise<TcpGate> {
  const [host, port] = address.split(':');
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server = createServer((caller) => {
    if (!isOpen) return void caller.destroy();
    const upstream = connect(Number(port), host);
    for (const [socket, other] of [
      [caller, upstream],
      [upstream, caller],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined); // cut connections are what this is for
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut() {
      isOpen = false;
      cut();
    },
    open: () => void (isOpen = true),
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
