import { adviceFor } from '../capture/camera-advice.ts';
import type { CameraState } from '../capture/camera.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page-context.ts';
import { Stage } from './stage.tsx';
import { ReadingControls } from './reading-controls.tsx';
import { type Live, useLive } from './use-live.ts';

export function LiveView() {
  const page = usePage();
  const live = useLive(page);
  const { video, camera, isMirrored } = live;
  const isOn = camera.value.state === 'on';
  return (
    <>
      <Stage isMirrored={isMirrored.value} label="The camera's picture; what was found stands in the reading">
        {/* iOS plays a camera's picture only so. */}
        <video
          ref={video}
          class={`media${isMirrored.value ? ' mirrored' : ''}${isOn ? '' : ' away'}`}
          playsInline
          muted
          autoPlay
          aria-hidden="true"
        />
        <CameraMessage camera={camera.value} live={live} />
      </Stage>
      <div class="controls">
        <CameraControls live={live} />
        <ReadingControls isMoving />
      </div>
    </>
  );
}

function CameraMessage({ camera, live }: { camera: CameraState; live: Live }) {
  if (camera.state === 'on') return null;
  if (camera.state === 'starting')
    return (
      <div class="message">
        <p class="message-title">Waiting for the camera</p>
        <p>The browser may ask whether this page may use it.</p>
      </div>
    );
  if (camera.state === 'off')
    return (
      <div class="message">
        <Icon name="camera" />
        <p class="message-title">The camera is off</p>
        <p>Nothing is looked at, sent or kept.</p>
        <button type="button" class="button strong" onClick={() => live.start()}>
          <Icon name="play" />
          Start the camera
        </button>
      </div>
    );
  const { title, advice, mayRetry } = adviceFor(camera.problem);
  return (
    <div class="message" role="alert">
      <Icon name="warning" />
      <p class="message-title">{title}</p>
      <p>{advice}</p>
      {mayRetry && (
        <button type="button" class="button strong" onClick={() => live.start()}>
          Try again
        </button>
      )}
    </div>
  );
}

function CameraControls({ live }: { live: Live }) {
  const { settings } = usePage();
  const camera = live.camera.value;
  const devices = camera.state === 'on' ? camera.devices : [];
  return (
    <div class="control-row">
      {camera.state === 'on' ? (
        <button type="button" class="button" onClick={() => live.stop()}>
          <Icon name="stop" />
          Stop
        </button>
      ) : (
        <button type="button" class="button" disabled={camera.state === 'starting'} onClick={() => live.start()}>
          <Icon name="play" />
          Start
        </button>
      )}
      <label class="select">
        <span class="unseen">Camera</span>
        <select
          disabled={devices.length === 0}
          value={camera.state === 'on' ? camera.deviceId : ''}
          onChange={({ currentTarget }) => live.start(currentTarget.value)}
        >
          {devices.length === 0 && <option value="">No camera yet</option>}
          {devices.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="icon-button"
        aria-pressed={live.isMirrored.value}
        aria-label="Mirror the picture"
        title="Mirror the picture"
        onClick={() => (settings.mirrored.value = !live.isMirrored.value)}
      >
        <Icon name="mirror" />
      </button>
    </div>
  );
}
