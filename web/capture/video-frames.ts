/** A frame may claim to be as old as this; beyond, the browser's clock for it is another one. */
const OLDEST_MS = 1_000;

/**
 * Calls back for each frame that a video shows, with the moment it was captured by this page's clock.
 * @returns a function that ends it
 */
export function watchFrames(video: HTMLVideoElement, onFrame: (captureMs: number) => void): () => void {
  let isWatching = true;
  const hasCallbacks = 'requestVideoFrameCallback' in video;
  const next = (): void => {
    if (!isWatching) return;
    if (hasCallbacks) video.requestVideoFrameCallback((nowMs, { captureTime }) => seen(nowMs, captureTime));
    else requestAnimationFrame((nowMs) => seen(nowMs, undefined));
  };
  const seen = (nowMs: number, captureTime: number | undefined): void => {
    if (!isWatching) return;
    const isPlausible = captureTime !== undefined && captureTime <= nowMs && captureTime > nowMs - OLDEST_MS;
    if (video.videoWidth > 0) onFrame(isPlausible ? captureTime : nowMs);
    next();
  };
  next();
  return () => {
    isWatching = false;
  };
}
