import { useState } from 'preact/hooks';
import { usePage } from './page-context.ts';

/** Asked for when the worker turns this page away without one. */
export function TokenForm() {
  const page = usePage();
  const [text, setText] = useState('');
  const wasTried = page.token.get() !== undefined;
  return (
    <form
      class="card token"
      onSubmit={(event) => {
        event.preventDefault();
        page.token.set(text);
        page.connect();
      }}
    >
      <h2>This worker asks for a token</h2>
      <p>
        It was printed once, when the worker was started for other machines. It is kept in this tab until you close it,
        and never becomes part of an address.
      </p>
      <label>
        Token
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      {wasTried && (
        <p class="problem" role="alert">
          The worker did not accept the last one.
        </p>
      )}
      <button type="submit" class="button strong" disabled={text.trim() === ''}>
        Connect
      </button>
    </form>
  );
}
