import { usePage } from './page-context.ts';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});

export function History() {
  const { history } = usePage();
  const entries = history.value;
  return (
    <section class="card history" aria-label="History">
      <div class="card-head">
        <h2>History</h2>
        {entries.length > 0 && (
          <button type="button" class="link" onClick={() => (history.value = [])}>
            Clear
          </button>
        )}
      </div>
      {entries.length === 0 ? (
        <p class="quiet">What stands for a moment is noted here, in this tab only.</p>
      ) : (
        <ol class="entries" tabIndex={0} aria-label="Readings, newest first">
          {entries.map(({ id, text, probability, at, isLocal }) => (
            <li key={id}>
              <time dateTime={new Date(at).toISOString()}>{clock.format(at)}</time>
              <span class="entry-text">{text}</span>
              <span class="entry-share" title={isLocal ? 'Read in this browser' : 'Read by the worker'}>
                {Math.round(probability * 100)} %
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
