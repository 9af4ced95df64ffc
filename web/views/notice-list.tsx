import { usePage } from './page-context.ts';

export function NoticeList() {
  const { notices } = usePage();
  return (
    <div class="notices" role="log" aria-live="polite">
      {notices.list.value.map(({ id, text, action }) => (
        <p class="notice" key={id}>
          <span>{text}</span>
          {action !== undefined && (
            <button type="button" class="link" onClick={() => action.run()}>
              {action.label}
            </button>
          )}
        </p>
      ))}
    </div>
  );
}
