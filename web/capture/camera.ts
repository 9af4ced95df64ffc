// The camera: asked for once, with wishes and no demands, and let go completely when it is stopped.

import { cameraProblem, type CameraProblem } from './camera-advice.ts';

export interface CameraDevice {
  id: string;
  label: string;
}

export type CameraState =
  | { state: 'off' }
  | { state: 'starting' }
  | { state: 'on'; deviceId: string; facesUser: boolean; devices: CameraDevice[] }
  | { state: 'problem'; problem: CameraProblem };

export interface Camera {
  /** @param deviceId the camera wished for; another one is taken where it is gone */
  start(video: HTMLVideoElement, deviceId?: string): Promise<void>;
  stop(): void;
}

/** Twice the frame that is sent: what is shown stays sharp, and a camera that can't says so by giving something else. */
const WISHED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

export function createCamera(onState: (state: CameraState) => void): Camera {
  let stream: MediaStream | undefined;
  let attempt = 0;

  const letGo = (): void => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = undefined;
  };
  const fail = (problem: CameraProblem): void => {
    letGo();
    onState({ state: 'problem', problem });
  };

  return {
    async start(video, deviceId) {
      const own = ++attempt;
      letGo();
      if (!window.isSecureContext) return fail('insecure');
      // Typed as always there; it is not in an embedded view or an old browser.
      const devices = navigator.mediaDevices as MediaDevices | undefined;
      if (devices === undefined) return fail('unsupported');
      onState({ state: 'starting' });
      try {
        const which =
          deviceId === undefined ? { facingMode: { ideal: 'environment' } } : { deviceId: { ideal: deviceId } };
        const opened = await devices.getUserMedia({ audio: false, video: { ...WISHED, ...which } });
        if (own !== attempt) return opened.getTracks().forEach((track) => track.stop());
        stream = opened;
        const [track] = opened.getVideoTracks();
        track?.addEventListener('ended', () => own === attempt && fail('ended'));
        video.srcObject = opened;
        await video.play();
        const settings = track?.getSettings() ?? {};
        const list = await listCameras(devices);
        if (own !== attempt) return;
        onState({
          state: 'on',
          deviceId: settings.deviceId ?? '',
          facesUser: settings.facingMode !== 'environment',
          devices: list,
        });
      } catch (error) {
        if (own === attempt) fail(cameraProblem(error));
      }
    },
    stop() {
      attempt++;
      letGo();
      onState({ state: 'off' });
    },
  };
}

async function listCameras(devices: MediaDevices): Promise<CameraDevice[]> {
  const cameras = (await devices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  return cameras.map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `Camera ${index + 1}` }));
}
