// Geometry between a frame and what is on the screen. Boxes come in pixels of the frame and are never mirrored; a view
// may be.

export interface Size {
  width: number;
  height: number;
}

export interface Rectangle {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** The largest size with the shape of `inner` inside `outer`, in whole pixels, never larger than `inner`. */
export function shrinkInto(inner: Size, outer: Size): Size {
  const scale = Math.min(1, outer.width / inner.width, outer.height / inner.height);
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: side(inner.width), height: side(inner.height) };
}

/** Where a picture of that shape stands in a view that shows all of it, centred (CSS `object-fit: contain`). */
export function containIn(picture: Size, view: Size): Rectangle {
  const scale = Math.min(view.width / picture.width, view.height / picture.height);
  const w = picture.width * scale;
  const h = picture.height * scale;
  return { x: (view.width - w) / 2, y: (view.height - h) / 2, w, h };
}

export interface Placing {
  frame: Size;
  view: Size;
  isMirrored: boolean;
}

/** A box of the frame in pixels of the view. */
export function toView(box: Rectangle, { frame, view, isMirrored }: Placing): Rectangle {
  const place = containIn(frame, view);
  const scale = place.w / frame.width;
  const left = isMirrored ? frame.width - box.x - box.w : box.x;
  return { x: place.x + left * scale, y: place.y + box.y * scale, w: box.w * scale, h: box.h * scale };
}

/** The smallest rectangle that holds the point: inside a zero lies nothing else, but boxes may touch. */
export function hit<T>(
  items: readonly T[],
  point: { x: number; y: number },
  rectangleOf: (item: T) => Rectangle,
): T | undefined {
  return items
    .filter((item) => {
      const { x, y, w, h } = rectangleOf(item);
      return point.x >= x && point.x <= x + w && point.y >= y && point.y <= y + h;
    })
    .sort((a, b) => area(rectangleOf(a)) - area(rectangleOf(b)))[0];
}

const area = ({ w, h }: Rectangle): number => w * h;
