// A contact sheet: one row a class, its name and count in front, a few samples in it.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GrayImage } from '../../ml/image/gray-image.ts';
import { CommandFailed } from '../errors.ts';
import { figure } from '../format.ts';
import type { DatasetDescription } from './describe.ts';
import { samplesByClass } from './known-datasets.ts';

const CELL = 48;
const GAP = 2;
const FONT_SIZE = 14;
const MARGIN = 12;
const LONGEST_NAME = 24;

/** Writes the sheet as PNG. @throws CommandFailed when the file can't be written */
export async function writeSampleSheet(
  file: string,
  { manifest, samples }: DatasetDescription,
  { title, perClass }: { title: string; perClass: number },
): Promise<void> {
  const [{ contactSheet }, { resizeBilinear }, { outlineText }, { textWidth }, { default: sharp }] = await Promise.all([
    import('../../ml/image/contact-sheet.ts'),
    import('../../ml/image/resize.ts'),
    import('../../ml/plots/outline.ts'),
    import('../../ml/plots/text-width.ts'),
    import('sharp'),
  ]);
  const fitted = (image: GrayImage): GrayImage => {
    const factor = CELL / Math.max(image.width, image.height);
    const side = (length: number): number => Math.max(1, Math.round(length * factor));
    return factor >= 1 ? image : resizeBilinear(image, side(image.width), side(image.height));
  };
  const counts = samplesByClass(manifest);
  const names = manifest.classes.map((name) =>
    name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name,
  );
  const labelWidth = Math.ceil(
    Math.max(...names.map((name) => textWidth(name, FONT_SIZE)), textWidth('000,000', FONT_SIZE - 3)),
  );
  const left = MARGIN + labelWidth + MARGIN;
  const top = MARGIN + FONT_SIZE + MARGIN;
  const pitch = CELL + 2 * GAP;
  const width = left + perClass * (CELL + GAP) + GAP + MARGIN;
  const height = top + names.length * pitch + MARGIN;
  const rows = manifest.classes.flatMap((name, row) => {
    const images = samples.get(name) ?? [];
    if (images.length === 0) return [];
    const sheet = contactSheet(images.map(fitted), { columns: perClass, cellSide: CELL, gap: GAP, background: 255 });
    const raw = { width: sheet.width, height: sheet.height, channels: 1 as const };
    return [{ input: Buffer.from(sheet.pixels), raw, left, top: top + row * pitch }];
  });
  const labels = names.flatMap((name, row) => {
    const middle = top + row * pitch + pitch / 2;
    const x = left - MARGIN;
    return [
      text(name, { x, y: middle - 1, size: FONT_SIZE, anchor: 'end' }),
      text(figure(counts[manifest.classes[row]!]!), {
        x,
        y: middle + FONT_SIZE - 1,
        size: FONT_SIZE - 3,
        anchor: 'end',
        fill: '#666',
      }),
    ];
  });
  const head = text(title, { x: MARGIN, y: MARGIN + FONT_SIZE - 2, size: FONT_SIZE, anchor: 'start' });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${head}${labels.join('')}</svg>`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await sharp(Buffer.from(outlineText(svg)))
      .composite(rows)
      .png({ compressionLevel: 9 })
      .toFile(file);
  } catch (error) {
    throw new CommandFailed(`--sheet ${file}: expected a place where a PNG can be written`, { cause: error });
  }
}

interface TextPlace {
  x: number;
  y: number;
  size: number;
  anchor: 'start' | 'end';
  fill?: string;
}

function text(content: string, { x, y, size, anchor, fill = '#111' }: TextPlace): string {
  const escaped = content.replace(/[&<>"]/g, (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' }[sign]};`);
  return `<text transform="translate(${x},${y})" text-anchor="${anchor}" font-size="${size}px" font-family="sans-serif" fill="${fill}">${escaped}</text>`;
}
