// One picture: dropped, pasted or chosen.

import { useEffect, useRef, useState } from 'preact/hooks';
import { createPictureMaker, type Shown } from '../capture/picture.ts';
import type { Feed } from '../session/frame-result.ts';
import { shrinkInto } from '../capture/fit.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page-context.ts';
import { ReadingControls } from './reading-controls.tsx';
import { Stage } from './stage.tsx';

/** Larger ones are shrunk before anything else: a phone's photograph has 50 million pixels. */
const SHOWN_MAX = { width: 1_280, height: 1_280 };

export function StillView() {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hasPicture, setHasPicture] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [isOver, setIsOver] = useState(false);

  const take = async (file: Blob | undefined | null): Promise<void> => {
    if (file === undefined || file === null) return;
    try {
      const bitmap = await createImageBitmap(file);
      const size = shrinkInto(bitmap, SHOWN_MAX);
      Object.assign(canvas.current!, size);
      canvas.current!.getContext('2d')!.drawImage(bitmap, 0, 0, size.width, size.height);
      bitmap.close();
      setHasPicture(true);
      setProblem(undefined);
      page.show(stillFeed({ source: canvas.current!, size }));
    } catch {
      setProblem('That is no picture this browser can open. PNG, JPEG and WebP work everywhere.');
    }
  };

  useEffect(() => {
    page.show(undefined);
    const paste = ({ clipboardData }: ClipboardEvent): void => {
      const item = [...(clipboardData?.items ?? [])].find(({ type }) => type.startsWith('image/'));
      void take(item?.getAsFile());
    };
    window.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('paste', paste);
      page.show(undefined);
    };
  }, []);

  return (
    <>
      <div
        class={`dropzone${isOver ? ' over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setIsOver(true);
        }}
        onDragLeave={() => setIsOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setIsOver(false);
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <Stage label="The chosen picture; what was found stands in the reading">
          <canvas ref={canvas} class={`media${hasPicture ? '' : ' away'}`} aria-hidden="true" />
          {!hasPicture && (
            <div class="message">
              <Icon name="image" />
              <p class="message-title">Drop a picture here</p>
              <p>Or paste one, or choose a file. It is read and forgotten.</p>
            </div>
          )}
        </Stage>
      </div>
      <div class="controls">
        <div class="control-row">
          <label class="button strong">
            <Icon name="image" />
            Choose a picture
            <input
              class="unseen"
              type="file"
              accept="image/*"
              onChange={({ currentTarget }) => {
                void take(currentTarget.files?.[0]);
                currentTarget.value = ''; // the same file again is a change, too
              }}
            />
          </label>
          {problem !== undefined && (
            <p class="problem" role="alert">
              {problem}
            </p>
          )}
        </div>
        <ReadingControls isMoving={false} />
      </div>
    </>
  );
}

function stillFeed(shown: Shown): Feed {
  const maker = createPictureMaker();
  const atMs = performance.now();
  return {
    isMoving: false,
    captureMs: () => atMs,
    server: () => maker.photo(shown),
    local: () => maker.grayPhoto(shown),
  };
}
