// Who reads: the worker, or this browser with the same published model.

import { useEffect, useState } from 'preact/hooks';
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
        {state.state === 'failed' && state.newKey === undefined && (
          <button type="button" class="link" onClick={() => local.prepare()}>
            Try again
          </button>
        )}
      </p>
      {state.state === 'failed' && state.newKey !== undefined && <NewKey spki={state.newKey} />}
    </section>
  );
}

/** Asks a person whether the key that signed the model is the right one. */
function NewKey({ spki }: { spki: string }) {
  const { local } = usePage();
  const [fingerprint, setFingerprint] = useState('');
  useEffect(() => void fingerprintOf(spki).then(setFingerprint), [spki]);
  return (
    <div class="new-key">
      <p class="quiet">
        Key <code title={`SHA-256 of the public key (SPKI): ${fingerprint}`}>{shortOf(fingerprint)}</code>
      </p>
      <button type="button" class="button" onClick={() => local.trust(spki)}>
        Trust this key
      </button>
    </div>
  );
}

/** @param spki base64. @returns lower-case hex of its SHA-256 */
async function fingerprintOf(spki: string): Promise<string> {
  const bytes = Uint8Array.from(atob(spki), (char) => char.charCodeAt(0));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As much as a person compares. */
const shortOf = (fingerprint: string): string => fingerprint.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ');

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
    case 'ready': {
      const checked =
        state.checked === 'signature'
          ? 'checked'
          : 'its files checked but not who signed them, which this browser can’t';
      return `Version ${state.model.version} is here, ${checked}, and steps in when the worker is away.`;
    }
    case 'failed':
      return `Not ready in this browser: ${state.reason}`;
  }
}
