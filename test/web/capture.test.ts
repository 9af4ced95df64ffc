import { describe, expect, it } from 'vitest';
import { adviceFor, cameraProblem } from '../../web/capture/camera-advice.ts';
import { containIn, hit, shrinkInto, toView } from '../../web/capture/fit.ts';
import { toGray } from '../../web/capture/gray.ts';
import { emptyDrawing, penDown, penMove, penUp, strokesOf, undoStroke } from '../../web/capture/pen.ts';

describe('geometry', () => {
  const gray = { width: 320, height: 240 };

  it('shrinks a picture to its own shape and never enlarges it', () => {
    expect(shrinkInto({ width: 1_280, height: 720 }, gray)).toEqual({ width: 320, height: 180 });
    expect(shrinkInto({ width: 480, height: 640 }, gray)).toEqual({ width: 180, height: 240 });
    expect(shrinkInto({ width: 100, height: 50 }, gray)).toEqual({ width: 100, height: 50 });
    expect(shrinkInto({ width: 4_000, height: 2 }, gray)).toEqual({ width: 320, height: 1 });
  });

  it('puts a picture into the middle of its view', () => {
    expect(containIn({ width: 320, height: 240 }, { width: 800, height: 480 })).toEqual({
      x: 80,
      y: 0,
      w: 640,
      h: 480,
    });
  });

  it('draws a box where its digit is seen, mirrored or not', () => {
    const placing = { frame: gray, view: { width: 800, height: 480 }, isMirrored: false };
    const box = { x: 10, y: 20, w: 30, h: 40 };
    expect(toView(box, placing)).toEqual({ x: 100, y: 40, w: 60, h: 80 });
    // A mirrored view shows the box's right edge on its left: 320 − 10 − 30 = 280.
    expect(toView(box, { ...placing, isMirrored: true })).toEqual({ x: 640, y: 40, w: 60, h: 80 });
  });

  it('finds the digit under a click, the smaller of two', () => {
    const boxes = [
      { x: 0, y: 0, w: 100, h: 100 },
      { x: 40, y: 40, w: 20, h: 20 },
    ];
    expect(hit(boxes, { x: 50, y: 50 }, (box) => box)).toBe(boxes[1]);
    expect(hit(boxes, { x: 5, y: 5 }, (box) => box)).toBe(boxes[0]);
    expect(hit(boxes, { x: 500, y: 5 }, (box) => box)).toBeUndefined();
  });
});

it('makes the same gray of colours as the worker does', () => {
  const rgba = Uint8ClampedArray.of(255, 255, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255, 0, 255, 0, 255, 10, 20, 30, 255);
  expect([...toGray(rgba)]).toEqual([255, 0, 76, 150, 18]);
});

it('undoes the last stroke of a drawing, and the one under the pen', () => {
  const first = penUp(penMove(penDown(emptyDrawing, { x: 1, y: 1 }), [{ x: 2, y: 2 }]));
  expect(strokesOf(penMove(first, [{ x: 9, y: 9 }]))).toHaveLength(1); // the pen is up
  const second = penDown(first, { x: 5, y: 5 });
  expect(strokesOf(second)).toHaveLength(2);
  expect(strokesOf(undoStroke(penUp(second)))).toEqual([
    [
      { x: 1, y: 1 },
      { x: 2, y: 2 },
    ],
  ]);
  expect(strokesOf(undoStroke(emptyDrawing))).toEqual([]);
});

describe('what a camera error means', () => {
  const named = (name: string): Error => Object.assign(new Error('x'), { name });
  it.each([
    ['NotAllowedError', 'NotAllowedError'],
    ['NotFoundError', 'NotFoundError'],
    ['NotReadableError', 'NotReadableError'],
    ['OverconstrainedError', 'OverconstrainedError'],
    ['AbortError', 'NotReadableError'],
    ['PermissionDeniedError', 'NotAllowedError'],
    ['SomethingNew', 'unknown'],
    ['toString', 'unknown'],
  ])('%s', (name, problem) => {
    expect(cameraProblem(named(name))).toBe(problem);
  });

  it('tells how to turn on TLS where a browser keeps the camera away', () => {
    expect(adviceFor('insecure').advice).toContain('digitflow serve --tls');
  });
});
