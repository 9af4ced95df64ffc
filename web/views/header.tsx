import type { Theme } from '../state/settings.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page-context.ts';
import { StatusPill } from './status-pill.tsx';
import { type View, VIEWS } from './use-view.ts';

const NAMES: Record<View, string> = { live: 'Live', still: 'Still', draw: 'Draw' };
const NEXT_THEME: Record<Theme, Theme> = { auto: 'dark', dark: 'light', light: 'auto' };
const THEME_NAMES: Record<Theme, string> = { auto: 'as the system', dark: 'dark', light: 'light' };

export function Header({ view }: { view: View }) {
  const { theme } = usePage().settings;
  return (
    <header class="top">
      <p class="brand">
        <Icon name="mark" />
        <span>digitflow</span>
      </p>
      <nav class="tabs" aria-label="Views">
        {VIEWS.map((one) => (
          <a key={one} href={`#${one}`} class="tab" aria-current={one === view ? 'page' : undefined}>
            {NAMES[one]}
          </a>
        ))}
      </nav>
      <div class="top-end">
        <StatusPill />
        <button
          type="button"
          class="icon-button"
          aria-label={`Colours: ${THEME_NAMES[theme.value]}. Change`}
          title={`Colours: ${THEME_NAMES[theme.value]}`}
          onClick={() => (theme.value = NEXT_THEME[theme.value])}
        >
          <Icon name={theme.value} />
        </button>
      </div>
    </header>
  );
}
