// The camera's life within the Live view: it starts with the view, stops with it, and feeds the reading desk.

import { useComputed, useSignal, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type Camera, type CameraState, createCamera } from '../capture/camera.ts';
import { createPictureMaker } from '../capture/picture.ts';
import { watchFrames } from '../capture/video-frames.ts';
import type { Feed } from '../session/frame-result.ts';
import type { Page } from '../state/page.ts';

export interface Live {
  video: RefObject<HTMLVideoElement | null>;
  camera: ReadonlySignal<CameraState>;
  isMirrored: ReadonlySignal<boolean>;
  start(deviceId?: string): void;
  stop(): void;
}

export function useLive(page: Page): Live {
  const video = useRef<HTMLVideoElement>(null);
  const state = useSignal<CameraState>({ state: 'off' });
  const camera: Camera = useMemo(() => createCamera((next) => (state.value = next)), []);
  const { mirrored, cameraId } = page.settings;
  const isMirrored = useComputed(() => mirrored.value ?? (state.value.state === 'on' && state.value.facesUser));
  const isOn = useComputed(() => state.value.state === 'on');

  const start = (deviceId?: string): void => {
    if (deviceId !== undefined) cameraId.value = deviceId;
    void camera.start(video.current!, cameraId.peek());
  };

  useEffect(() => {
    start(); // asks once; whoever said no finds a button
    return () => camera.stop();
  }, []);

  const on = isOn.value;
  useEffect(() => {
    if (!on) return page.show(undefined);
    const { feed, seen } = videoFeed(video.current!);
    page.show(feed);
    return watchFrames(video.current!, (captureMs) => {
      seen(captureMs);
      page.desk.fresh();
    });
  }, [on]);

  return { video, camera: state, isMirrored, start, stop: () => camera.stop() };
}

function videoFeed(video: HTMLVideoElement): { feed: Feed; seen: (captureMs: number) => void } {
  const maker = createPictureMaker();
  let captureMs = performance.now();
  const shown = () => ({ source: video, size: { width: video.videoWidth, height: video.videoHeight } });
  return {
    seen: (atMs) => {
      captureMs = atMs;
    },
    feed: {
      isMoving: true,
      captureMs: () => captureMs,
      server(format) {
        if (format === 'jpeg') return maker.smallJpeg(shown());
        const { pixels, width, height } = maker.gray(shown());
        return { kind: 'gray8', bytes: pixels, width, height };
      },
      local: () => maker.gray(shown()),
    },
  };
}
