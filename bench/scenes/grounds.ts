// What is written on: plain or ruled paper, a sheet on a table, a phone's screen, a board.

import type { Random } from '../../ml/random.ts';
import { fillShape, mottle, newSheet, rectangle, SHEET, type Sheet } from './sheet-of-paper.ts';
import type { Area } from './things.ts';

export interface Ground {
  sheet: Sheet;
  /** Where there is room for writing, in points of the sheet. */
  area: Area;
  /** Level of the ink, 0 … 1. */
  ink: number;
  conditions: string[];
}

const WHOLE: Area = {
  left: SHEET.left,
  top: SHEET.top,
  right: SHEET.width - SHEET.left,
  bottom: SHEET.height - SHEET.top,
};

/** Ink and ground lie at least this far apart: fainter writing is hard for people, too. */
const LEAST_DIFFERENCE = 0.28;

export function drawGround(random: Random): Ground {
  const kind = random.uniform();
  const bright = random.chance(0.7);
  const level = bright ? random.between(0.62, 0.95) : random.between(0.05, 0.35);
  const ink = bright ? random.between(0.04, level - LEAST_DIFFERENCE) : random.between(level + LEAST_DIFFERENCE, 0.95);
  const conditions = [bright ? 'dark on light' : 'light on dark'];
  const own: Ground = { sheet: newSheet(level), area: WHOLE, ink, conditions };
  if (kind < 0.12) return screen(own, level, random);
  if (kind < 0.27) return onTable(own, level, random);
  mottle(own.sheet, random.between(0, 0.025), random);
  if (kind < 0.52) rule(own, level, random);
  return own;
}

/** Lines fainter than the ink, across the whole sheet. */
function rule(ground: Ground, level: number, random: Random): void {
  const { sheet, ink } = ground;
  const pitch = random.between(36, 90);
  const width = random.between(1, 3);
  const line = level + (ink - level) * random.between(0.15, 0.45);
  const squared = random.chance(0.4);
  const first = random.between(0, pitch);
  const lines = [];
  for (let y = first; y < SHEET.height; y += pitch) lines.push(rectangle(SHEET.width / 2, y, SHEET.width, width));
  if (squared)
    for (let x = first; x < SHEET.width; x += pitch) lines.push(rectangle(x, SHEET.height / 2, width, SHEET.height));
  for (const contour of lines) fillRule(sheet, contour, line);
  ground.conditions.push('ruled');
}

/** A straight rule touches few points: filling the whole sheet for each would take most of a scene's time. */
function fillRule(sheet: Sheet, contour: number[], level: number): void {
  const [x0, y0, x1, , , y2] = contour as [number, number, number, number, number, number];
  for (let y = Math.max(0, Math.floor(y0)); y < Math.min(SHEET.height, y2); y++) {
    const coverY = Math.min(y + 1, y2) - Math.max(y, y0);
    for (let x = Math.max(0, Math.floor(x0)); x < Math.min(SHEET.width, x1); x++) {
      const cover = coverY * (Math.min(x + 1, x1) - Math.max(x, x0));
      const at = y * SHEET.width + x;
      sheet.values[at] = sheet.values[at]! * (1 - cover) + level * cover;
    }
  }
}

/** A sheet that ends within the frame. */
function onTable(ground: Ground, level: number, random: Random): Ground {
  const table = newSheet(random.between(0.1, 0.8));
  mottle(table, 0.04, random);
  const area: Area = {
    left: random.between(SHEET.left - 40, SHEET.left + 90),
    right: SHEET.width - random.between(SHEET.left - 40, SHEET.left + 90),
    top: random.between(SHEET.top - 40, SHEET.top + 60),
    bottom: SHEET.height - random.between(SHEET.top - 40, SHEET.top + 60),
  };
  fillArea(table, area, level, random.between(-0.03, 0.03));
  ground.conditions.push('sheet on a table');
  return { ...ground, sheet: table, area: shrunk(area, 14) };
}

/** A phone held up: dark edge, bright or dark screen, faint stripes where its pixels meet the camera's. */
function screen(ground: Ground, level: number, random: Random): Ground {
  const table = newSheet(random.between(0.15, 0.8));
  mottle(table, 0.04, random);
  const width = random.between(340, 560);
  const height = random.between(380, 520);
  const [x, y] = [SHEET.width / 2 + random.between(-60, 60), SHEET.height / 2 + random.between(-30, 30)];
  const area: Area = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  const turn = random.between(-0.06, 0.06);
  fillArea(table, shrunk(area, -random.between(8, 22)), random.between(0.02, 0.1), turn);
  fillArea(table, area, level, turn);
  const [frequencyX, frequencyY] = [random.between(-0.8, 0.8), random.between(0.2, 0.9)];
  const depth = random.between(0, 0.03);
  for (let i = 0; i < table.values.length; i++)
    table.values[i]! += depth * Math.sin(frequencyX * (i % SHEET.width) + frequencyY * Math.floor(i / SHEET.width));
  ground.conditions.push('phone screen');
  return { ...ground, sheet: table, area: shrunk(area, 26) };
}

function fillArea(sheet: Sheet, { left, right, top, bottom }: Area, level: number, angle: number): void {
  fillShape(sheet, [rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top, angle)], level);
}

const shrunk = ({ left, right, top, bottom }: Area, by: number): Area => ({
  left: left + by,
  right: right - by,
  top: top + by,
  bottom: bottom - by,
});
