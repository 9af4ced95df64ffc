// What is read, with what was found drawn over it. A click on a digit chooses it.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { effect } from '@preact/signals';
import { hit } from '../capture/fit.ts';
import { boxInView, drawOverlay } from './overlay.ts';
import { usePage } from './page-context.ts';

export interface StageProps {
  children: ComponentChildren;
  isMirrored?: boolean;
  /** A pad is drawn on: clicks are strokes there. */
  isPad?: boolean;
  /** Changes when the picture does, so that the boxes of the last one go. */
  label: string;
}

export function Stage({ children, isMirrored = false, isPad = false, label }: StageProps) {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = (): { width: number; height: number } => ({
    width: canvas.current?.clientWidth ?? 0,
    height: canvas.current?.clientHeight ?? 0,
  });

  useEffect(() => {
    const element = canvas.current!;
    const context = element.getContext('2d')!;
    const draw = (): void => {
      const { width, height } = view();
      const scale = window.devicePixelRatio;
      const pixels = { width: Math.round(width * scale), height: Math.round(height * scale) };
      // Setting the size clears and reallocates the canvas: only when it changed.
      if (element.width !== pixels.width || element.height !== pixels.height) Object.assign(element, pixels);
      context.setTransform(scale, 0, 0, scale, 0, 0);
      const result = page.result.value;
      drawOverlay(context, {
        digits: page.inView.value,
        selectedId: page.selected.value?.id,
        frame: result?.size ?? { width: 4, height: 3 },
        view: { width, height },
        isMirrored,
      });
    };
    const stop = effect(draw);
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => {
      stop();
      resized.disconnect();
    };
  }, [page, isMirrored]);

  const choose = (event: MouseEvent): void => {
    const result = page.result.peek();
    if (result === undefined) return;
    const placing = { frame: result.size, view: view(), isMirrored };
    const digit = hit(page.inView.peek(), { x: event.offsetX, y: event.offsetY }, (one) => boxInView(one, placing));
    page.selectedId.value = digit?.id;
  };

  return (
    <div class={`stage${isPad ? ' pad' : ''}`}>
      {children}
      {/* The digits stand as buttons in the reading, for keyboards and screen readers. */}
      <canvas ref={canvas} class="overlay" role="img" aria-label={label} onClick={isPad ? undefined : choose} />
    </div>
  );
}
