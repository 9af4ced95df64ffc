// Teaching: what it stores, said before it is turned on; then one button a class for the chosen digit.

import { useEffect } from 'preact/hooks';
import { NONE_CLASS } from '../../ml/decision.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page-context.ts';
import { StoredList } from './stored-list.tsx';

export function TeachPanel() {
  const { teaching } = usePage();
  const reason = teaching.whyNot.value;
  const isOn = teaching.isOn.value;
  useEffect(() => {
    if (isOn) void teaching.stored.refresh();
  }, [isOn]);
  return (
    <section class={`card teach${reason === undefined ? '' : ' unavailable'}`} aria-label="Teach">
      <div class="card-head">
        <h2 id="teach-title">Teach</h2>
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            aria-labelledby="teach-title"
            aria-describedby="teach-about"
            checked={isOn}
            disabled={reason !== undefined}
            onChange={({ currentTarget }) => (teaching.isOn.value = currentTarget.checked)}
          />
        </label>
      </div>
      <p class="quiet" id="teach-about">
        {reason ??
          'Off, nothing of a picture is kept. On, each digit you correct is stored: its cut-out, never the whole picture, with your label and what the model said. It is deleted after 90 days.'}
      </p>
      {isOn && reason === undefined && (
        <>
          <Correction />
          <StoredList />
        </>
      )}
    </section>
  );
}

function Correction() {
  const { teaching, selected, labels } = usePage();
  const digit = selected.value;
  const undoable = teaching.undoable.value;
  return (
    <div class="correction">
      <p class="correction-title">
        {digit === undefined ? 'Show a digit to correct it.' : `The chosen digit, read as ${digit.label}, is truly`}
      </p>
      <div class="keys" role="group" aria-label="The true digit">
        {labels.value.map((label) => (
          <button
            key={label}
            type="button"
            class="key"
            disabled={digit === undefined}
            aria-label={label === NONE_CLASS ? 'no digit' : label}
            onClick={() => digit !== undefined && teaching.correct(digit, label)}
          >
            {label === NONE_CLASS ? 'none' : label}
          </button>
        ))}
      </div>
      {undoable === undefined ? (
        <p class="quiet">Or press 0–9 on the keyboard, n for none.</p>
      ) : (
        <p class="undo" role="status">
          <span>Stored as {undoable.label}.</span>
          <button type="button" class="button" onClick={() => teaching.undo()}>
            <Icon name="undo" />
            Undo
          </button>
        </p>
      )}
    </div>
  );
}
