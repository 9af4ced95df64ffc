// A pad for finger, pen and mouse. What is drawn is read while it is being drawn.

import { useEffect, useRef, useState } from 'preact/hooks';
import { createPictureMaker } from '../capture/picture.ts';
import {
  type Drawing,
  emptyDrawing,
  penDown,
  penMove,
  penUp,
  type Point,
  type Stroke,
  strokesOf,
  undoStroke,
} from '../capture/pen.ts';
import type { Feed } from '../session/frame-result.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page-context.ts';
import { ReadingControls } from './reading-controls.tsx';
import { Stage } from './stage.tsx';

/** Twice a gray frame: half a pixel of it stays a whole one here. */
const PAD = { width: 640, height: 480 };
const PEN_WIDTH = 17;

export function DrawView() {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawing = useRef<Drawing>(emptyDrawing);
  const [count, setCount] = useState(0);
  const isEmpty = count === 0;

  const change = (next: Drawing): void => {
    drawing.current = next;
    const strokes = strokesOf(next);
    paint(canvas.current!.getContext('2d')!, strokes);
    setCount(strokes.length);
    page.desk.fresh();
  };

  useEffect(() => {
    paint(canvas.current!.getContext('2d')!, []);
    page.show(padFeed(canvas.current!));
    return () => page.show(undefined);
  }, []);

  const pointOf = ({ offsetX, offsetY }: PointerEvent): Point => {
    const { clientWidth, clientHeight } = canvas.current!;
    return { x: (offsetX / clientWidth) * PAD.width, y: (offsetY / clientHeight) * PAD.height };
  };
  const moved = (event: PointerEvent): Point[] => {
    const all = event.getCoalescedEvents();
    return (all.length > 0 ? all : [event]).map(pointOf);
  };

  return (
    <>
      <Stage isPad label="What you drew; what was found stands in the reading">
        <canvas
          ref={canvas}
          class="media"
          {...PAD}
          aria-label="Drawing pad"
          onPointerDown={(event) => {
            if (event.button !== 0) return;
            event.currentTarget.setPointerCapture(event.pointerId);
            change(penDown(drawing.current, pointOf(event)));
          }}
          onPointerMove={(event) => {
            if (drawing.current.current !== undefined) change(penMove(drawing.current, moved(event)));
          }}
          onPointerUp={() => change(penUp(drawing.current))}
          onPointerCancel={() => change(penUp(drawing.current))}
        />
        {isEmpty && (
          <div class="message hint">
            <p class="message-title">Draw a digit</p>
            <p>With finger, pen or mouse; several digits side by side work, too.</p>
          </div>
        )}
      </Stage>
      <div class="controls">
        <div class="control-row">
          <button type="button" class="button" disabled={isEmpty} onClick={() => change(undoStroke(drawing.current))}>
            <Icon name="undo" />
            Undo
          </button>
          <button type="button" class="button" disabled={isEmpty} onClick={() => change(emptyDrawing)}>
            <Icon name="clear" />
            Clear
          </button>
        </div>
        <ReadingControls isMoving={false} />
      </div>
    </>
  );
}

function paint(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  context.fillStyle = '#fbfcfa';
  context.fillRect(0, 0, PAD.width, PAD.height);
  Object.assign(context, { lineWidth: PEN_WIDTH, lineCap: 'round', lineJoin: 'round', strokeStyle: '#16211f' });
  for (const [first, ...rest] of strokes) {
    if (first === undefined) continue;
    context.beginPath();
    context.moveTo(first.x, first.y);
    context.lineTo(first.x, first.y); // a dot, where the pen did not move
    for (const { x, y } of rest) context.lineTo(x, y);
    context.stroke();
  }
}

function padFeed(canvas: HTMLCanvasElement): Feed {
  const maker = createPictureMaker();
  const shown = { source: canvas, size: PAD };
  return {
    isMoving: false,
    captureMs: () => performance.now(),
    server() {
      const { pixels, width, height } = maker.gray(shown);
      return { kind: 'gray8', bytes: pixels, width, height };
    },
    local: () => maker.gray(shown),
  };
}
