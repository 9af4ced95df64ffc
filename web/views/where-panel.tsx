// Who reads: the worker, or this browser with the same published model.

import type { LocalState } from '../in-browser/local-reader.ts';
import type { Choice } from '../session/where.ts';
import { usePage } from './page-context.ts';

const CHOICES: { choice: Choice; name: string }[] = [
  { choice: 'server', name: 'Worker' },
  { choice: 'browser', name: 'This browser' },
];

export function WherePanel() {
  const { settings, local } = usePage();
  const state = local.state.value;
  return (
    <section class="card where" aria-label="Where it is read">
      <div class="card-head">
        <h2 id="where-title">Read by</h2>
        <div class="segments" role="radiogroup" aria-labelledby="where-title">
          {CHOICES.map(({ choice, name }) => (
            <label key={choice} class="segment">
              <input
                type="radio"
                name="where"
                class="unseen"
                value={choice}
                checked={settings.choice.value === choice}
                disabled={choice === 'browser' && state.state === 'off'}
                onChange={() => (settings.choice.value = choice)}
              />
              <span>{name}</span>
            </label>
          ))}
        </div>
      </div>
      <p class="quiet" data-testid="local-state">
        {describe(state)}{' '}
        {state.state === 'failed' && (
          <button type="button" class="link" onClick={() => local.prepare()}>
            Try again
          </button>
        )}
      </p>
    </section>
  );
}

function describe(state: LocalState): string {
  switch (state.state) {
    case 'off':
      return `Off in this browser. ${state.reason}`;
    case 'idle':
      return 'The same model can run in this page, without sending anything.';
    case 'fetching': {
      const { loadedBytes, totalBytes } = state;
      const share = totalBytes > 0 ? ` ${Math.round((loadedBytes / totalBytes) * 100)} %` : '';
      return `Fetching the model for this browser …${share}`;
    }
    case 'ready':
      return `Version ${state.model.version} is here, checked, and steps in when the worker is away.`;
    case 'failed':
      return `Not ready in this browser: ${state.reason}`;
  }
}
