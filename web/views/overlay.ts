// Boxes, labels and probabilities over what was read. Corners instead of frames: the digit itself stays in view.

import type { Decision } from '../../ml/decision.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import { type Placing, type Rectangle, toView } from '../capture/fit.ts';

/** Over a camera's picture, whatever the page's colours. */
const COLOURS: Record<Exclude<Decision, 'none'>, string> = { digit: '#63e6be', uncertain: '#ffc46b' };
const INK = '#07201a';
const MARGIN = 7;
const TAG_HEIGHT = 28;
const FONT = '"Geist Variable", system-ui, sans-serif';

export interface OverlayOptions extends Placing {
  digits: readonly TrackedDigit[];
  selectedId: number | undefined;
}

/** Where a digit is drawn, with room around it. */
export function boxInView(digit: TrackedDigit, placing: Placing): Rectangle {
  const { x, y, w, h } = toView(digit.box, placing);
  return { x: x - MARGIN, y: y - MARGIN, w: w + 2 * MARGIN, h: h + 2 * MARGIN };
}

/** Draws in CSS pixels of the view. */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  { digits, selectedId, ...placing }: OverlayOptions,
): void {
  context.clearRect(0, 0, placing.view.width, placing.view.height);
  const boxes = digits.map((digit) => boxInView(digit, placing));
  for (const [index, digit] of digits.entries()) {
    const box = boxes[index]!;
    const isSelected = digit.id === selectedId;
    drawCorners(context, box, {
      colour: COLOURS[digit.decision],
      isSelected,
      isDashed: digit.decision === 'uncertain',
    });
    drawTag(context, box, { digit, viewWidth: placing.view.width, roomUntil: neighbourOf(box, boxes) });
  }
}

interface CornerStyle {
  colour: string;
  isSelected: boolean;
  isDashed: boolean;
}

function drawCorners(
  context: CanvasRenderingContext2D,
  box: Rectangle,
  { colour, isSelected, isDashed }: CornerStyle,
): void {
  const { x, y, w, h } = box;
  const arm = Math.min(22, w / 3, h / 3);
  const corners = new Path2D();
  for (const [cornerX, cornerY, towardsX, towardsY] of [
    [x, y, 1, 1],
    [x + w, y, -1, 1],
    [x + w, y + h, -1, -1],
    [x, y + h, 1, -1],
  ] as const) {
    corners.moveTo(cornerX, cornerY + towardsY * arm);
    corners.lineTo(cornerX, cornerY);
    corners.lineTo(cornerX + towardsX * arm, cornerY);
  }
  context.lineJoin = 'round';
  context.lineCap = 'round';
  context.setLineDash(isDashed ? [5, 5] : []);
  // A dark line under the bright one: seen on paper as well as on a dark screen.
  context.strokeStyle = 'rgb(4 14 12 / 55%)';
  context.lineWidth = isSelected ? 7 : 5;
  context.stroke(corners);
  context.strokeStyle = colour;
  context.lineWidth = isSelected ? 4 : 2.5;
  context.stroke(corners);
  context.setLineDash([]);
}

/** Where the next tag of the same row begins. */
function neighbourOf(box: Rectangle, boxes: readonly Rectangle[]): number {
  const next = boxes.filter(({ x, y }) => x > box.x && Math.abs(y - box.y) < TAG_HEIGHT + 12);
  return Math.min(...next.map(({ x }) => x));
}

interface Tag {
  digit: TrackedDigit;
  viewWidth: number;
  /** From there on it would cover another tag. */
  roomUntil: number;
}

function drawTag(context: CanvasRenderingContext2D, box: Rectangle, { digit, viewWidth, roomUntil }: Tag): void {
  const label = digit.decision === 'digit' ? digit.label : `${digit.label}?`;
  const share = `${Math.round(digit.probability * 100)} %`;
  context.textBaseline = 'middle';
  context.font = `600 19px ${FONT}`;
  const labelWidth = context.measureText(label).width;
  context.font = `500 13px ${FONT}`;
  const fullWidth = labelWidth + context.measureText(share).width + 26;
  const hasRoom = box.x + fullWidth + 3 <= roomUntil;
  const width = hasRoom ? fullWidth : labelWidth + 18;
  const x = Math.max(4, Math.min(box.x, viewWidth - width - 4));
  const above = box.y - TAG_HEIGHT - 5;
  const y = above >= 4 ? above : box.y + box.h + 5;
  context.fillStyle = COLOURS[digit.decision];
  context.beginPath();
  context.roundRect(x, y, width, TAG_HEIGHT, 8);
  context.fill();
  context.fillStyle = INK;
  context.font = `600 19px ${FONT}`;
  context.fillText(label, x + 9, y + TAG_HEIGHT / 2 + 1);
  if (!hasRoom) return; // it stands in the reading
  context.font = `500 13px ${FONT}`;
  context.fillText(share, x + labelWidth + 17, y + TAG_HEIGHT / 2 + 1);
}
