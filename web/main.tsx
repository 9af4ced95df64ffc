import './styles/page.css';
import { render } from 'preact';
import { createPage } from './state/page.ts';
import { App } from './views/app.tsx';
import { PageContext } from './views/page-context.ts';

const page = createPage();
page.connect();

render(
  <PageContext.Provider value={page}>
    <App />
  </PageContext.Provider>,
  document.getElementById('app')!,
);
