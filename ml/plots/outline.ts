// Text of a chart as outlines, so that it looks the same where no font is installed (a picture made on a bare server).
// It knows the SVG that Vega writes, not SVG at large.

import { glyphOf, textWidth, UNITS_PER_EM } from './text-width.ts';

const TEXT = /<text([^>]*)>([^<]*)<\/text>/g;
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };
const DEFAULT_FONT_SIZE = 11;

/**
 * Turns each `<text>` of an SVG by `renderChart` into a `<path>`. Text with a character outside the table stays text: a
 * system font may know it.
 * @returns the SVG, to be looked at; text in it can't be selected any more
 */
export function outlineText(svg: string): string {
  return svg.replace(TEXT, (whole, attributes: string, escaped: string) => {
    const text = unescape(escaped);
    const outline = outlineOf(text, attributes);
    return outline === undefined ? whole : `<path${withoutFont(attributes)} d="${outline}"/>`;
  });
}

function outlineOf(text: string, attributes: string): string | undefined {
  const size = Number.parseFloat(/font-size="([\d.]+)/.exec(attributes)?.[1] ?? '') || DEFAULT_FONT_SIZE;
  const anchor = /text-anchor="(\w+)"/.exec(attributes)?.[1] ?? 'start';
  const share = anchor === 'middle' ? 0.5 : anchor === 'end' ? 1 : 0;
  const scale = size / UNITS_PER_EM;
  let x = -textWidth(text, size) * share;
  const parts: string[] = [];
  for (const character of text) {
    const glyph = glyphOf(character);
    if (glyph === undefined) return undefined;
    const [advance, outline] = glyph;
    parts.push(placed(outline, x, scale));
    x += advance * scale;
  }
  return parts.join('');
}

/** An outline moved and scaled: absolute commands only, so every pair of numbers is a point. */
function placed(outline: string, x: number, scale: number): string {
  let isX = false;
  return outline.replace(/-?\d+|[MLQCZ]/g, (token, offset: number) => {
    if (/[MLQCZ]/.test(token)) {
      isX = true;
      return token;
    }
    const value = Number(token) * scale + (isX ? x : 0);
    isX = !isX;
    const separator = offset > 0 && /[\d]/.test(outline[offset - 1] ?? '') && value >= 0 ? ' ' : '';
    return separator + value.toFixed(2);
  });
}

const withoutFont = (attributes: string): string => attributes.replace(/ (?:font-\w+|text-anchor)="[^"]*"/g, '');

const unescape = (text: string): string => text.replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
