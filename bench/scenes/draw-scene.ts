// One labelled frame: what is written, on what, under which light. A scene is named by its kind, a seed and a number.

import type { GrayImage } from '../../ml/image/gray-image.ts';
import { createRandom, type Random } from '../../ml/random.ts';
import type { Box } from '../../ml/reader/frame-reading.ts';
import { drawPerspective, takeFrame, toFrame, type View } from './camera.ts';
import { drawGround, type Ground } from './grounds.ts';
import type { Glyph, GlyphSet } from './glyphs.ts';
import { SHEET, SHEET_SCALE, stamp, type Placed } from './sheet-of-paper.ts';
import { drawHand, drawThing, meets, type Area } from './things.ts';

export const SCENE_KINDS = ['digits', 'letters', 'clutter', 'blank'] as const;
export type SceneKind = (typeof SCENE_KINDS)[number];

export interface TrueDigit {
  label: string;
  /** Around the ink, in pixels of the frame. */
  box: Box;
  written: boolean;
  glyph: string;
}

export interface Scene {
  kind: SceneKind;
  frame: GrayImage;
  truth: TrueDigit[];
  /** What the breakdown is made by. */
  conditions: string[];
}

/** Every sixth frame is 640×480. */
const LARGE_EVERY = 6;
/** Between pieces of writing, as a share of their height. */
const LEAST_GAP = 0.1;
/** Pixels of a 320×240 frame that stay free at its border. */
const FREE_BORDER = 4;

export function drawScene(kind: SceneKind, glyphs: GlyphSet, seed: number, number: number): Scene {
  for (let attempt = 0; ; attempt++) {
    const random = createRandom(seed, SCENE_KINDS.indexOf(kind), number, attempt);
    const scene = tryScene(kind, glyphs, number, random);
    if (scene !== undefined) return scene;
  }
}

interface Writing {
  glyph: Glyph;
  label: string;
  written: boolean;
  place: Placed;
  area: Area;
}

function tryScene(kind: SceneKind, glyphs: GlyphSet, number: number, random: Random): Scene | undefined {
  const conditions: string[] = [];
  const ground = drawGround(random);
  conditions.push(...ground.conditions);
  const writing = kind === 'digits' || kind === 'letters' ? write(kind, glyphs, ground, random) : [];
  if (writing === undefined) return undefined;
  const taken = writing.map(({ area }) => area);
  const { sheet } = ground;
  const letters = glyphs.letters[random.integer(glyphs.letters.length)]!;
  const thingCount =
    kind === 'clutter' ? 1 + random.integer(6) : kind !== 'blank' && random.chance(0.25) ? 1 + random.integer(3) : 0;
  let things = 0;
  for (let i = 0; i < thingCount; i++) if (drawThing(sheet, taken, letters, random)) things++;
  if (things > 0) conditions.push('things');
  if (kind !== 'blank' && random.chance(kind === 'clutter' ? 0.4 : 0.15) && drawHand(sheet, taken, random))
    conditions.push('hand');

  const large = number % LARGE_EVERY === LARGE_EVERY - 1;
  const view = drawView(large ? 2 : 1, ground, conditions, random);
  const project = toFrame(view.toSheet);
  const truth: TrueDigit[] = [];
  for (const { glyph, label, written, place } of writing) {
    const points = stamp(sheet, glyph.image, place, ground.ink);
    const box = boxOf(points.map(({ x, y }) => project(x, y)));
    if (points.length === 0 || !isInside(box)) return undefined;
    if (kind === 'digits') truth.push({ label, written, glyph: glyph.name, box: scaled(box, view.width / 320) });
  }
  if (large) conditions.push('640×480');
  if (kind === 'digits')
    conditions.push(truth.length === 1 ? 'one digit' : truth.length <= 3 ? '2–3 digits' : '4–6 digits');
  return { kind, frame: takeFrame(sheet, view, random), truth, conditions };
}

function drawView(scale: number, ground: Ground, conditions: string[], random: Random): View {
  const flag = (name: string, probability: number): boolean => {
    const on = random.chance(probability);
    if (on) conditions.push(name);
    return on;
  };
  const tilted = flag('tilted light', 0.35);
  const direction = random.between(0, 6.28);
  const depth = tilted ? random.between(0.15, 0.4) : random.between(0, 0.08);
  const shadowAngle = random.between(0, 6.28);
  const blur = random.chance(0.3) ? random.between(0.8, 1.6) : random.between(0, 0.8);
  const noise = random.chance(0.3) ? random.between(5, 11) : random.between(0.5, 5);
  if (blur > 0.8) conditions.push('blur');
  if (noise > 5) conditions.push('noise');
  return {
    width: 320 * scale,
    height: 240 * scale,
    toSheet: drawPerspective(random, flag('perspective', 0.4) ? random.between(0.05, 0.12) : random.between(0, 0.03)),
    tilt: { x: depth * Math.cos(direction), y: depth * Math.sin(direction) },
    shadow: flag('shadow', 0.25)
      ? {
          x: random.between(0.15, 0.85),
          y: random.between(0.15, 0.85),
          directionX: Math.cos(shadowAngle),
          directionY: Math.sin(shadowAngle),
          softness: random.between(0.03, 0.3),
          depth: random.between(0.2, 0.5),
        }
      : undefined,
    blur,
    noise,
    exposure: random.between(0.6, 1.05),
  };
}

/** Digits or letters at free places; undefined where they don't fit. */
function write(kind: 'digits' | 'letters', glyphs: GlyphSet, ground: Ground, random: Random): Writing[] | undefined {
  const count = random.chance(0.55) ? 1 : random.chance(0.55) ? 2 + random.integer(2) : 4 + random.integer(3);
  const height = (count === 1 ? random.between(36, 180) : random.between(32, count <= 3 ? 100 : 60)) * SHEET_SCALE;
  const written = kind === 'digits' && random.chance(0.4);
  const face = random.integer(kind === 'digits' ? glyphs.printed.length : glyphs.letters.length);
  const tilt = random.between(-10, 10);
  const inRow = random.chance(0.5);
  const writing: Writing[] = [];
  const rowY = random.between(0.25, 0.75) * SHEET.height;
  let rowX = SHEET.left + random.between(10, 160);
  for (let i = 0; i < count; i++) {
    const label = random.integer(10);
    const glyph = choose(kind, glyphs, { face, label, written }, random);
    const tallest =
      kind === 'digits' && !written
        ? Math.max(...glyphs.printed[face]!.map(({ image }) => image.height))
        : glyph.image.height;
    const own = Math.max(28 * SHEET_SCALE, (height * glyph.image.height) / tallest);
    const aspect = random.between(0.9, 1.1);
    const width = (own * glyph.image.width * aspect) / glyph.image.height;
    const angleDegrees = inRow ? tilt : random.between(-12, 12);
    const shear = random.between(-0.12, 0.12);
    let placed: Writing | undefined;
    for (let attempt = 0; attempt < 30 && placed === undefined; attempt++) {
      const x = inRow ? rowX + width / 2 : random.between(SHEET.left, SHEET.width - SHEET.left);
      const y = inRow
        ? rowY + Math.tan((tilt * Math.PI) / 180) * (x - SHEET.width / 2)
        : random.between(SHEET.top, SHEET.height - SHEET.top);
      const area = areaOf(x, y, width, own, angleDegrees, shear);
      const free =
        inside(area, ground.area) && !writing.some((other) => meets(other.area, area, inRow ? 0 : LEAST_GAP * own));
      if (free)
        placed = {
          glyph,
          label: String(label),
          written,
          place: { x, y, height: own, angleDegrees, shear, aspect },
          area,
        };
      else if (inRow) rowX += 4;
    }
    if (placed === undefined) return undefined;
    rowX = placed.area.right + own * random.between(LEAST_GAP, 0.5);
    writing.push(placed);
  }
  return writing;
}

function choose(
  kind: 'digits' | 'letters',
  glyphs: GlyphSet,
  { face, label, written }: { face: number; label: number; written: boolean },
  random: Random,
): Glyph {
  if (kind === 'letters') return glyphs.letters[face]![random.integer(glyphs.letters[face]!.length)]!;
  const list = written ? glyphs.written[label]! : [glyphs.printed[face]![label]!];
  return list[random.integer(list.length)]!;
}

function areaOf(x: number, y: number, width: number, height: number, angleDegrees: number, shear: number): Area {
  const angle = (Math.abs(angleDegrees) * Math.PI) / 180;
  const across = width + Math.abs(shear) * height;
  const w = across * Math.cos(angle) + height * Math.sin(angle);
  const h = height * Math.cos(angle) + across * Math.sin(angle);
  return { left: x - w / 2, right: x + w / 2, top: y - h / 2, bottom: y + h / 2 };
}

const inside = (area: Area, outer: Area): boolean =>
  area.left >= outer.left && area.right <= outer.right && area.top >= outer.top && area.bottom <= outer.bottom;

function boxOf(points: readonly { x: number; y: number }[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return { x: left, y: top, w: right - left, h: bottom - top };
}

const isInside = ({ x, y, w, h }: Box): boolean =>
  x >= FREE_BORDER && y >= FREE_BORDER && x + w <= 320 - FREE_BORDER && y + h <= 240 - FREE_BORDER;

const scaled = ({ x, y, w, h }: Box, by: number): Box => ({ x: x * by, y: y * by, w: w * by, h: h * by });
