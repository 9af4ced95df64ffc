import { usePage } from './page-context.ts';

export function Figures({ isMoving }: { isMoving: boolean }) {
  const { figures, model, reader, result } = usePage();
  const { sentPerSecond, answeredPerSecond, roundTripMs, ageMs, ageP95Ms } = figures.values.value;
  const shown = result.value?.model ?? model.value;
  const ms = (value: number | undefined): string =>
    value === undefined ? '–' : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  return (
    <section class="card figures" aria-label="Figures">
      <dl>
        {isMoving && (
          <>
            <Figure name="Frames sent" value={sentPerSecond.toFixed(1)} unit="/s" />
            <Figure name="Answered" value={answeredPerSecond.toFixed(1)} unit="/s" />
            <Figure
              name="Answer’s age"
              value={ms(ageMs)}
              title={`From the camera to this page; 19 of 20 within ${ms(ageP95Ms)}`}
            />
          </>
        )}
        {(isMoving || reader.value === 'server') && (
          <Figure name="Round trip" value={ms(roundTripMs ?? (isMoving ? undefined : result.value?.roundTripMs))} />
        )}
        <Figure
          name="Model"
          value={shown === undefined ? '–' : `v${shown.version}`}
          title={shown === undefined ? undefined : `${model.value?.name ?? 'digits'} version ${shown.version}`}
          testId="model-version"
        />
        <Figure name="Digest" value={shown?.digest.slice(0, 8) ?? '–'} title={shown?.digest} testId="model-digest" />
      </dl>
    </section>
  );
}

interface FigureProps {
  name: string;
  value: string;
  unit?: string;
  title?: string | undefined;
  testId?: string;
}

function Figure({ name, value, unit, title, testId }: FigureProps) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd data-testid={testId}>
        {value}
        {unit !== undefined && <span class="unit">{unit}</span>}
      </dd>
    </div>
  );
}
