// The digits in view, large, and the probabilities of the chosen one.

import { NONE_CLASS } from '../../ml/decision.ts';
import type { TrackedDigit } from '../../ml/reader/frame-reading.ts';
import { usePage } from './page-context.ts';

const percent = (probability: number): string => `${Math.round(probability * 100)} %`;

export function Reading() {
  const page = usePage();
  const result = page.result.value;
  const selected = page.selected.value;
  const digits = page.inView.value;
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || selected === undefined) return;
    event.preventDefault();
    const at = digits.findIndex(({ id }) => id === selected.id);
    page.selectedId.value = digits[(at + step + digits.length) % digits.length]?.id;
  };
  return (
    <section class="card reading" id="reading" aria-label="Reading" tabIndex={-1}>
      <div
        class="digits"
        data-count={Math.min(digits.length, 6)}
        role="group"
        aria-label="Digits in view"
        onKeyDown={move}
      >
        {digits.map((digit) => (
          <Digit
            key={digit.id}
            digit={digit}
            isSelected={digit.id === selected?.id}
            choose={() => (page.selectedId.value = digit.id)}
          />
        ))}
        {digits.length === 0 && <p class="nothing">{result === undefined ? '–' : 'No digit'}</p>}
      </div>
      <Bars labels={page.labels.value} digit={selected} />
    </section>
  );
}

interface DigitProps {
  digit: TrackedDigit;
  isSelected: boolean;
  choose: () => void;
}

function Digit({ digit: { label, probability, decision }, isSelected, choose }: DigitProps) {
  return (
    <button
      type="button"
      class={`digit ${decision}`}
      aria-pressed={isSelected}
      aria-label={`${label}, ${percent(probability)}${decision === 'uncertain' ? ', not sure' : ''}`}
      onClick={choose}
    >
      <span class="glyph">{label}</span>
      <span class="share">{percent(probability)}</span>
    </button>
  );
}

/** One bar a class. The heights are eased in CSS; the figures are those of the frame. */
function Bars({ labels, digit }: { labels: readonly string[]; digit: TrackedDigit | undefined }) {
  const classes = labels.length > 0 ? labels : Array.from({ length: 10 }, (_, index) => String(index));
  return (
    <ul
      class="bars"
      aria-label={digit === undefined ? 'Probabilities' : `Probabilities of the digit read as ${digit.label}`}
    >
      {classes.map((label, index) => {
        const probability = digit?.probabilities[index] ?? 0;
        const name = label === NONE_CLASS ? 'none' : label;
        return (
          <li
            key={label}
            class={`bar${label === digit?.label ? ' best' : ''}`}
            title={`${name}: ${(probability * 100).toFixed(1)} %`}
          >
            <span class="column" aria-hidden="true">
              <span class="fill" style={{ transform: `scaleY(${probability.toFixed(4)})` }} />
            </span>
            <span class="bar-name">
              {label === NONE_CLASS ? '∅' : label}
              <span class="unseen">
                {label === NONE_CLASS ? ' (no digit)' : ''} {percent(probability)}
              </span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}
