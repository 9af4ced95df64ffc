import { usePage } from './page-context.ts';

/** From where on a digit is said, and whether frames are smoothed. */
export function ReadingControls({ isMoving }: { isMoving: boolean }) {
  const { settings, threshold } = usePage();
  const isOwn = settings.threshold.value !== undefined;
  const percent = Math.round(threshold.value * 100);
  return (
    <div class="control-row">
      <label class="slider">
        <span>Sure from</span>
        <input
          type="range"
          min="5"
          max="99"
          step="1"
          value={percent}
          aria-valuetext={`${percent} percent`}
          onInput={({ currentTarget }) => (settings.threshold.value = Number(currentTarget.value) / 100)}
        />
        <output>{percent} %</output>
      </label>
      {/* Always there: what came and went would move the slider from under the finger. */}
      <button type="button" class="link" disabled={!isOwn} onClick={() => (settings.threshold.value = undefined)}>
        Reset
      </button>
      {isMoving && (
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked={settings.smoothing.value}
            onChange={({ currentTarget }) => (settings.smoothing.value = currentTarget.checked)}
          />
          <span>Smooth over frames</span>
        </label>
      )}
    </div>
  );
}
