// A camera on the network: an RTSP server of one stream, which ffmpeg makes of a file over and over. It asks for a name and
// a password, speaks RTP over UDP or within its connection, and can fall silent or hang up as cameras do.

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { until } from './until.ts';

export interface RtspServer {
  /** With name and password. */
  url: string;
  /** Clients that were sent frames. */
  plays(): number;
  /** No packet from now on, the connections stay: a camera that hangs, or a cable that was pulled. */
  silence(isSilent: boolean): void;
  /** Cuts every connection. */
  hangUp(): void;
  close(): Promise<void>;
}

const USER = 'me';
const PASSWORD = 'secret';

/** @param file a video; its SDP is written beside it */
export async function startRtspServer({ file, ffmpeg }: { file: string; ffmpeg: string }): Promise<RtspServer> {
  const packets = createSocket('udp4');
  packets.bind(0, '127.0.0.1');
  await once(packets, 'listening');
  const sdpFile = `${file}.sdp`;
  const target = `rtp://127.0.0.1:${packets.address().port}?rtcpport=9`;
  const input = ['-nostdin', '-loglevel', 'error', '-re', '-stream_loop', '-1', '-i', file];
  const output = ['-an', '-c:v', 'mpeg4', '-g', '10', '-f', 'rtp', '-sdp_file', sdpFile, target];
  const maker = spawn(ffmpeg, [...input, ...output], { stdio: ['ignore', 'ignore', 'inherit'] });
  const made = once(maker, 'exit');
  const sdp = await until(async () => {
    const text = await readFile(sdpFile, 'utf8');
    return text.includes('m=video') && text;
  });
  // Where the packets go is agreed upon in SETUP.
  const description = `${sdp.replace(/^SDP:\s*/, '').replace(/m=video \d+/, 'm=video 0')}a=control:track\r\n`;

  const receivers = new Map<Socket, (packet: Buffer) => void>();
  let isSilent = false;
  let plays = 0;
  packets.on('message', (packet) => {
    if (!isSilent) for (const receive of receivers.values()) receive(packet);
  });

  const answer = (socket: Socket, request: string): void => {
    const [line = '', ...headers] = request.split('\r\n');
    const header = (name: string): string =>
      headers
        .find((one) => one.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim() ?? '';
    const reply = (status: string, lines: string[] = [], body = ''): void => {
      const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
      const head = [`RTSP/1.0 ${status}`, `CSeq: ${header('cseq')}`, ...lines, ...length];
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    };
    const [method] = line.split(' ');
    const credentials = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');
    if (method === 'OPTIONS') return reply('200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
    if (header('authorization') !== `Basic ${credentials}`)
      return reply('401 Unauthorized', ['WWW-Authenticate: Basic realm="camera"']);
    if (method === 'DESCRIBE') return reply('200 OK', ['Content-Type: application/sdp'], description);
    if (method === 'SETUP') {
      const transport = header('transport');
      const udpPort = Number(/client_port=(\d+)/.exec(transport)?.[1]);
      const isInterleaved = transport.includes('TCP');
      receiverOf.set(socket, (packet) => {
        if (!isInterleaved) return packets.send(packet, udpPort, '127.0.0.1');
        const head = Buffer.from([0x24, 0, packet.length >> 8, packet.length & 0xff]);
        socket.write(Buffer.concat([head, packet]));
      });
      return reply('200 OK', [`Transport: ${transport}`, 'Session: 1']);
    }
    if (method === 'PLAY') {
      plays++;
      reply('200 OK', ['Session: 1']);
      receivers.set(socket, receiverOf.get(socket)!);
      return;
    }
    reply('200 OK', ['Session: 1']);
  };
  const receiverOf = new WeakMap<Socket, (packet: Buffer) => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      for (let end = heard.indexOf('\r\n\r\n'); end >= 0; end = heard.indexOf('\r\n\r\n')) {
        answer(socket, heard.slice(0, end).replace(/^\$[^]*?(?=[A-Z]+ rtsp)/, '')); // RTCP of the client may stand before it
        heard = heard.slice(end + 4);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      receivers.delete(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hangUp = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: `rtsp://${USER}:${PASSWORD}@127.0.0.1:${port}/stream`,
    plays: () => plays,
    silence: (next) => void (isSilent = next),
    hangUp,
    async close() {
      hangUp();
      server.close();
      maker.kill('SIGKILL');
      await made;
      packets.close();
      await rm(sdpFile, { force: true });
    },
  };
}
