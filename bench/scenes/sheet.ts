// Scenes with what was read in them, many on one picture: for looking at.

import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { FrameReading } from '../../ml/reader/frame-reading.ts';
import type { Scene } from './draw-scene.ts';

const COLUMNS = 5;
const CELL = { width: 320, height: 258 };

export interface ShownScene {
  scene: Scene;
  reading: FrameReading;
  title: string;
}

/** Truth in blue, digits in green, uncertain ones in orange. */
export async function writeSheet(file: string, shown: readonly ShownScene[]): Promise<void> {
  const rows = Math.max(1, Math.ceil(shown.length / COLUMNS));
  const cells = await Promise.all(
    shown.map(async ({ scene, reading, title }, i) => {
      const { pixels, width, height } = scene.frame;
      const picture = await sharp(pixels, { raw: { width, height, channels: 1 } })
        .resize(320, 240)
        .toColourspace('srgb')
        .png()
        .toBuffer();
      const left = (i % COLUMNS) * CELL.width;
      const top = Math.floor(i / COLUMNS) * CELL.height;
      const lines = Buffer.from(annotate(scene, reading, title, 320 / width));
      return [
        { input: picture, left, top },
        { input: lines, left, top },
      ];
    }),
  );
  const background = { r: 255, g: 255, b: 255 };
  const sheet = sharp({ create: { width: COLUMNS * CELL.width, height: rows * CELL.height, channels: 3, background } });
  await writeFile(file, await sheet.composite(cells.flat()).png().toBuffer());
}

function annotate({ truth }: Scene, { digits }: FrameReading, title: string, by: number): string {
  const box = ({ x, y, w, h }: { x: number; y: number; w: number; h: number }, colour: string): string =>
    `<rect x="${x * by}" y="${y * by}" width="${w * by}" height="${h * by}" fill="none" stroke="${colour}"/>`;
  const text = (x: number, y: number, words: string, colour: string): string =>
    `<text x="${x}" y="${y}" font-size="12" font-family="sans-serif" fill="${colour}">${words}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${CELL.width}" height="${CELL.height}">${[
    ...truth.map(
      (drawn) =>
        box(drawn.box, '#28f') + text(drawn.box.x * by, (drawn.box.y + drawn.box.h) * by + 12, drawn.label, '#28f'),
    ),
    ...digits.map((read) => {
      const colour = read.decision === 'digit' ? '#0a0' : '#f80';
      return (
        box(read.box, colour) +
        text(read.box.x * by, read.box.y * by - 2, `${read.label} ${read.probability.toFixed(2)}`, colour)
      );
    }),
    text(2, 252, title.replaceAll('<', ''), '#000'),
  ].join('')}</svg>`;
}
