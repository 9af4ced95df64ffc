import sharp from 'sharp';
import { expect, it } from 'vitest';
import { svgToPng } from '../../activities/svg-to-png.ts';

it('draws the letters of a chart, at two picture pixels a chart pixel', async () => {
  const svg = (text: string): string =>
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20" viewBox="0 0 80 20">' +
    `<rect width="80" height="20" fill="#ffffff"/><text transform="translate(4,15)" font-size="14px" fill="#000000">${text}</text></svg>`;
  const darkPixels = async (text: string): Promise<number> => {
    const { data, info } = await sharp(await svgToPng(svg(text)))
      .grayscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([160, 40]);
    return data.filter((value) => value < 128).length;
  };
  expect(await darkPixels('')).toBe(0);
  expect(await darkPixels('88888')).toBeGreaterThan(2 * (await darkPixels('1111')));
});
