// Strokes on a pad, in its own pixels: what was drawn, and what is left after undoing. It does not know any canvas.

export interface Point {
  x: number;
  y: number;
}

export type Stroke = readonly Point[];

export interface Drawing {
  strokes: readonly Stroke[];
  /** The stroke under the pen. */
  current: Stroke | undefined;
}

export const emptyDrawing: Drawing = { strokes: [], current: undefined };

export const penDown = (drawing: Drawing, at: Point): Drawing => ({ ...drawing, current: [at] });

/** Moves the pen; nothing happens while it is up. */
export const penMove = (drawing: Drawing, to: readonly Point[]): Drawing =>
  drawing.current === undefined ? drawing : { ...drawing, current: [...drawing.current, ...to] };

export function penUp({ strokes, current }: Drawing): Drawing {
  return { strokes: current === undefined ? strokes : [...strokes, current], current: undefined };
}

export const undoStroke = ({ strokes }: Drawing): Drawing => ({ strokes: strokes.slice(0, -1), current: undefined });

/** Every stroke there is, the current one last. */
export const strokesOf = ({ strokes, current }: Drawing): readonly Stroke[] =>
  current === undefined ? strokes : [...strokes, current];
