// The cameras, in a process of their own: so many sessions that send so many frames a second, every frame different, never
// more than their credit; or crowds that only knock, or clients that ignore their credit. Figures go back as one message.

import { drawPictures } from './pictures.ts';
import { cameraFigures, openCamera } from './camera.ts';
import { floodFigures, openFlood } from './flood.ts';
import { knock } from './knock.ts';
import type { GeneratorOrder } from './orders.ts';
import { maskedFrame } from './raw-socket.ts';

const FRAME_HEADER = 20;

process.on('message', (order: GeneratorOrder) => {
  void run(order).then((figures) => process.send!(figures, () => process.disconnect()));
});

async function run(order: GeneratorOrder): Promise<unknown> {
  if (order.kind === 'knock') return knock(order);
  const pictures = drawPictures(order.pictures).filter(
    ({ index }) => order.kind === 'flood' || order.good.includes(index),
  );
  const frames = pictures.map(({ digit, pixels }) => {
    const payload = new Uint8Array(FRAME_HEADER + pixels.length);
    payload.set(pixels, FRAME_HEADER);
    return { digit, frame: maskedFrame(payload) };
  });
  const stopMs = performance.now() + order.durationMs;
  if (order.kind === 'flood') {
    const floods = Array.from({ length: order.clients }, () => openFlood({ port: order.port, frames, stopMs }));
    await Promise.all(floods.map(({ done }) => done));
    return floodFigures(floods);
  }
  const cameras = Array.from({ length: order.sessions }, (_, index) =>
    openCamera({ port: order.port, frames, index, framesASecond: order.framesASecond, stopMs }),
  );
  process.send!({ ready: true });
  const timer = setInterval(() => {
    const now = performance.now();
    for (const camera of cameras) camera.tick(now);
  }, 1);
  await Promise.all(cameras.map(({ done }) => done));
  clearInterval(timer);
  return { ...cameraFigures(cameras, order.durationMs), cpuMs: cpuMs() };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1_000);
}
