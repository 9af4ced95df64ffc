import { useEffect } from 'preact/hooks';
import { DrawView } from './draw.tsx';
import { Header } from './header.tsx';
import { LiveView } from './live.tsx';
import { NoticeList } from './notice-list.tsx';
import { usePage } from './page-context.ts';
import { Side } from './side.tsx';
import { StillView } from './still.tsx';
import { TokenForm } from './token-form.tsx';
import { watchTeachingKeys } from './teaching-keys.ts';
import { useView } from './use-view.ts';

export function App() {
  const page = usePage();
  const view = useView();
  const { phase } = page;
  useEffect(() => watchTeachingKeys(page), [page]);
  const needsToken = phase.value.phase === 'refused' && phase.value.needsToken;
  return (
    <div class="page">
      <a class="skip" href="#reading">
        Skip to the reading
      </a>
      <Header view={view} />
      <main class="desk">
        <section class="bench" aria-label={BENCH_NAMES[view]}>
          {needsToken && <TokenForm />}
          {!needsToken && view === 'live' && <LiveView />}
          {!needsToken && view === 'still' && <StillView />}
          {!needsToken && view === 'draw' && <DrawView />}
        </section>
        <Side isMoving={view === 'live'} />
      </main>
      <NoticeList />
      <p class="unseen" role="status" aria-live="polite" aria-atomic="true" data-testid="announcement">
        {page.announcement}
      </p>
    </div>
  );
}

const BENCH_NAMES = { live: 'Camera', still: 'Picture', draw: 'Drawing' };
