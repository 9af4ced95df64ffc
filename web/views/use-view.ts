import { useEffect, useState } from 'preact/hooks';

export const VIEWS = ['live', 'still', 'draw'] as const;
export type View = (typeof VIEWS)[number];

/** The view that the address names after `#`, so that back, forward and a link work. */
export function useView(): View {
  const [view, setView] = useState(viewOf);
  useEffect(() => {
    const change = (): void => setView(viewOf());
    window.addEventListener('hashchange', change);
    return () => window.removeEventListener('hashchange', change);
  }, []);
  return view;
}

function viewOf(): View {
  const named = location.hash.slice(1);
  return VIEWS.find((view) => view === named) ?? 'live';
}
