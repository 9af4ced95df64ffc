// A chart as a picture. Text becomes outlines first: where no font is installed a rasteriser would leave it out.

import sharp from 'sharp';
import { outlineText } from '../ml/plots.ts';

// An SVG pixel is 1/96 inch for the rasteriser's default of 72 dots an inch at scale 1.
const DOTS_PER_INCH = 72;

/**
 * Rasterises an SVG made by ml/plots.ts.
 * @param scale picture pixels a chart pixel; 2 is sharp on dense screens. @default 2
 * @returns PNG bytes; no digest is promised for them
 */
export async function svgToPng(svg: string, scale = 2): Promise<Uint8Array> {
  return sharp(Buffer.from(outlineText(svg)), { density: DOTS_PER_INCH * scale })
    .png({ palette: true, effort: 4 })
    .toBuffer();
}
