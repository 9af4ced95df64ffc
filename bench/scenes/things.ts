// What else lies in front of a camera: pens, coins, notes, cables, small print, a hand. Nothing that reads as a digit: no
// upright bar, no ring.

import type { Random } from '../../ml/random.ts';
import { fillShape, polyline, rectangle, SHEET, stamp, type Sheet } from './sheet-of-paper.ts';
import type { Glyph } from './glyphs.ts';

/** In points of the sheet. */
export interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const THINGS = ['pen', 'coin', 'note', 'cable', 'print', 'keys'] as const;

const round = (x: number, y: number, rx: number, ry: number, angle = 0): number[] =>
  Array.from({ length: 40 }, (_, i) => {
    const [u, v] = [rx * Math.cos((i * Math.PI) / 20), ry * Math.sin((i * Math.PI) / 20)];
    return [x + Math.cos(angle) * u - Math.sin(angle) * v, y + Math.sin(angle) * u + Math.cos(angle) * v];
  }).flat();

/** Draws one thing into a free place. False when none was found. */
export function drawThing(sheet: Sheet, taken: Area[], letters: readonly Glyph[], random: Random): boolean {
  const kind = THINGS[random.integer(THINGS.length)]!;
  const level = random.between(0.05, 0.9);
  for (let attempt = 0; attempt < 12; attempt++) {
    const x = random.between(SHEET.left - 20, SHEET.width - SHEET.left + 20);
    const y = random.between(SHEET.top - 20, SHEET.height - SHEET.top + 20);
    const draw = prepare(kind, { x, y, level, letters, random });
    if (taken.some((other) => meets(other, draw.area))) continue;
    draw.paint(sheet);
    taken.push(draw.area);
    return true;
  }
  return false;
}

interface Wish {
  x: number;
  y: number;
  level: number;
  letters: readonly Glyph[];
  random: Random;
}

interface Prepared {
  area: Area;
  paint: (sheet: Sheet) => void;
}

function prepare(kind: (typeof THINGS)[number], { x, y, level, letters, random }: Wish): Prepared {
  switch (kind) {
    case 'pen': {
      const length = random.between(120, 380);
      const width = random.between(8, 22);
      const angle = random.between(-0.9, 0.9); // from lying; steeper ones are ones
      const dx = (length / 2) * Math.cos(angle);
      const dy = (length / 2) * Math.sin(angle);
      return {
        area: around([{ x: x - dx, y: y - dy }, { x: x + dx, y: y + dy }], width), // prettier-ignore
        paint(sheet) {
          fillShape(sheet, [rectangle(x, y, length, width, angle)], level);
          fillShape(sheet, [rectangle(x + dx * 0.8, y + dy * 0.8, length * 0.2, width, angle)], 1 - level);
        },
      };
    }
    case 'coin': {
      const radius = random.between(16, 60);
      const flat = random.between(0.75, 1);
      return {
        area: around([{ x, y }], radius),
        paint(sheet) {
          fillShape(sheet, [round(x, y, radius, radius * flat)], level);
          fillShape(sheet, [round(x + 2, y + 2, radius * 0.8, radius * flat * 0.8)], level + 0.05);
        },
      };
    }
    case 'note': {
      const width = random.between(60, 220);
      const height = width * random.between(0.5, 1.1);
      const angle = random.between(-0.5, 0.5);
      return {
        area: around([{ x, y }], Math.hypot(width, height) / 2),
        paint: (sheet) => fillShape(sheet, [rectangle(x, y, width, height, angle)], level),
      };
    }
    case 'cable': {
      let heading = random.between(0, 6.28);
      const points = [{ x, y }];
      for (let i = 0; i < 14; i++) {
        heading += random.between(-0.6, 0.6);
        const last = points.at(-1)!;
        points.push({ x: last.x + 28 * Math.cos(heading), y: last.y + 28 * Math.sin(heading) });
      }
      const width = random.between(3, 9);
      return {
        area: around(points, width),
        paint: (sheet) => fillShape(sheet, polyline(points, width), level, 1),
      };
    }
    case 'print': {
      const height = random.between(10, 20);
      const count = 4 + random.integer(12);
      const lines = 1 + random.integer(3);
      return {
        area: { left: x, top: y, right: x + count * height, bottom: y + lines * height * 1.8 },
        paint(sheet) {
          for (let i = 0; i < count * lines; i++) {
            const { image } = letters[random.integer(letters.length)]!;
            const place = {
              x: x + ((i % count) + 0.5) * height,
              y: y + (Math.floor(i / count) + 0.5) * height * 1.8,
              height,
              angleDegrees: 0,
              shear: 0,
              aspect: 1,
            };
            if (image.width < 2 * image.height) stamp(sheet, image, place, level);
          }
        },
      };
    }
    case 'keys': {
      const side = random.between(26, 44);
      const [columns, rows] = [2 + random.integer(5), 1 + random.integer(3)];
      return {
        area: { left: x, top: y, right: x + columns * side, bottom: y + rows * side },
        paint(sheet) {
          for (let i = 0; i < columns * rows; i++) {
            const [cx, cy] = [x + ((i % columns) + 0.5) * side, y + (Math.floor(i / columns) + 0.5) * side];
            fillShape(sheet, [rectangle(cx, cy, side * 0.84, side * 0.84)], level);
          }
        },
      };
    }
  }
}

function around(points: readonly { x: number; y: number }[], margin: number): Area {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return {
    left: Math.min(...xs) - margin,
    top: Math.min(...ys) - margin,
    right: Math.max(...xs) + margin,
    bottom: Math.max(...ys) + margin,
  };
}

export const meets = (a: Area, b: Area, gap = 0): boolean =>
  a.left < b.right + gap && b.left < a.right + gap && a.top < b.bottom + gap && b.top < a.bottom + gap;

/** A hand that comes in from a side: a forearm, a palm, four fingers and a thumb. False when it would cover something. */
export function drawHand(sheet: Sheet, taken: Area[], random: Random): boolean {
  const level = random.between(0.3, 0.75);
  for (let attempt = 0; attempt < 12; attempt++) {
    const fromLeft = random.chance(0.5);
    const edge = fromLeft ? SHEET.left : SHEET.width - SHEET.left;
    const inwards = fromLeft ? 1 : -1;
    const palm = { x: edge + inwards * random.between(-30, 60), y: random.between(160, 520) };
    const size = random.between(45, 80);
    const turn = random.between(-0.6, 0.6);
    const fingers = Array.from({ length: 4 }, (_, i) => {
      const angle = turn + (i - 1.5) * random.between(0.1, 0.25);
      const length = size * random.between(1.6, 2.4);
      const base = { x: palm.x, y: palm.y + (i - 1.5) * size * 0.42 };
      return { base, tip: { x: base.x + inwards * length * Math.cos(angle), y: base.y + length * Math.sin(angle) } };
    });
    const area = around([palm, ...fingers.map(({ tip }) => tip)], size * 0.8);
    if (taken.some((other) => meets(other, area))) continue;
    fillShape(sheet, [round(palm.x, palm.y, size * 1.1, size * 0.95)], level);
    fillShape(sheet, [rectangle(palm.x - inwards * size * 2, palm.y, size * 4, size * 1.3)], level);
    for (const { base, tip } of fingers) {
      fillShape(sheet, polyline([base, tip], size * 0.36), level * random.between(0.93, 1));
      fillShape(sheet, [round(tip.x, tip.y, size * 0.2, size * 0.18)], level);
    }
    taken.push(area);
    return true;
  }
  return false;
}
