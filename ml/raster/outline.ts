// Outlines of lines and curves as closed polygons. It does not know fonts: whoever reads a font hands in its commands.

/** The commands of a path, y downwards, in pixels. */
export type PathCommand =
  | { type: 'M'; x: number; y: number }
  | { type: 'L'; x: number; y: number }
  | { type: 'Q'; x1: number; y1: number; x: number; y: number }
  | { type: 'C'; x1: number; y1: number; x2: number; y2: number; x: number; y: number }
  | { type: 'Z' };

/** A closed polygon: x0, y0, x1, y1, … The last point joins the first. */
export type Contour = number[];

/** No point of a curve is farther than this from its polygon, in pixels: far below one level of gray. */
const FLATNESS = 0.02;
const MAX_SEGMENTS = 64;

/**
 * Straightens curves.
 * @param shear how far a point moves right per pixel above the baseline: 0.25 makes an upright typeface slanted
 */
export function flattenPath(commands: readonly PathCommand[], shear = 0): Contour[] {
  const contours: Contour[] = [];
  let contour: Contour = [];
  let x = 0;
  let y = 0;
  const to = (nextX: number, nextY: number): void => {
    contour.push(nextX - shear * nextY, nextY);
    x = nextX;
    y = nextY;
  };
  const close = (): void => {
    if (contour.length >= 6) contours.push(contour);
    contour = [];
  };
  for (const command of commands) {
    if (command.type === 'Z') close();
    else if (command.type === 'M') {
      close();
      to(command.x, command.y);
    } else if (command.type === 'L') to(command.x, command.y);
    else if (command.type === 'Q') {
      const { x1, y1 } = command;
      // The same curve as a cubic, so that there is one way to walk a curve.
      const cubic = {
        x1: x + (2 / 3) * (x1 - x),
        y1: y + (2 / 3) * (y1 - y),
        x2: 0,
        y2: 0,
        x: command.x,
        y: command.y,
      };
      cubic.x2 = command.x + (2 / 3) * (x1 - command.x);
      cubic.y2 = command.y + (2 / 3) * (y1 - command.y);
      walkCubic(x, y, cubic, to);
    } else walkCubic(x, y, command, to);
  }
  close();
  return contours;
}

interface Cubic {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  x: number;
  y: number;
}

function walkCubic(x0: number, y0: number, curve: Cubic, to: (x: number, y: number) => void): void {
  const { x1, y1, x2, y2, x, y } = curve;
  // The second differences bound how far a chord is from the curve (Wang's formula).
  const bendX = Math.max(Math.abs(x0 - 2 * x1 + x2), Math.abs(x1 - 2 * x2 + x));
  const bendY = Math.max(Math.abs(y0 - 2 * y1 + y2), Math.abs(y1 - 2 * y2 + y));
  const bend = Math.sqrt(bendX * bendX + bendY * bendY);
  const segments = Math.min(MAX_SEGMENTS, Math.max(1, Math.ceil(Math.sqrt((0.75 * bend) / FLATNESS))));
  for (let i = 1; i < segments; i++) {
    const t = i / segments;
    const u = 1 - t;
    const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
    to(a * x0 + b * x1 + c * x2 + d * x, a * y0 + b * y1 + c * y2 + d * y);
  }
  to(x, y);
}
