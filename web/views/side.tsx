import { Figures } from './figures.tsx';
import { History } from './history.tsx';
import { Reading } from './reading.tsx';
import { TeachPanel } from './teach-panel.tsx';
import { WherePanel } from './where-panel.tsx';

export function Side({ isMoving }: { isMoving: boolean }) {
  return (
    <aside class="side" aria-label="Reading and figures">
      <Reading />
      {isMoving && <History />}
      <Figures isMoving={isMoving} />
      <WherePanel />
      <TeachPanel />
    </aside>
  );
}
