// The report's looks: one style sheet, by day, by night, on a phone and on paper. No fonts or pictures from elsewhere.

export const styles = `
:root {
  color-scheme: light dark;
  --surface: #ffffff; --page: #f4f6f8; --ink: #1c2431; --muted: #5d6878; --line: #dfe4ea;
  --accent: #2f7ed8; --good: #1a7f52; --good-soft: #e3f4ec; --wary: #9a5b0b; --wary-soft: #fcf1e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface: #1a2029; --page: #11151b; --ink: #e6eaf0; --muted: #9ba6b5; --line: #2f3844;
    --accent: #5b9fe8; --good: #5fcf9c; --good-soft: #16312a; --wary: #e9b265; --wary-soft: #352917;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, Roboto, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1040px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.2rem; margin: 44px 0 4px; }
p { margin: 0 0 12px; max-width: 68ch; }
.quiet { color: var(--muted); }
a { color: var(--accent); }
.facts { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 20px; padding: 0; list-style: none; color: var(--muted); }
.facts b { color: var(--ink); font-weight: 600; }
.verdict { border-radius: 10px; padding: 14px 18px; margin: 0 0 20px; background: var(--good-soft); color: var(--good); }
.verdict.kept { background: var(--wary-soft); color: var(--wary); }
.verdict strong { display: block; font-size: 1.05rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin: 0; }
.card, .panel { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 14px 16px; display: flex; flex-direction: column; }
.card dt { color: var(--muted); font-size: 0.875rem; }
.card dd { margin: 0; }
.card .figure { font-size: 1.7rem; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; white-space: nowrap; }
.card .note { color: var(--muted); font-size: 0.8125rem; line-height: 1.4; }
.panel { padding: 8px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 12px; align-items: start; margin-top: 12px; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-width: 520px; height: auto; margin: 0 auto; }
.scroll { overflow-x: auto; }
h2 + .scroll { margin-top: 12px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.9375rem; }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
thead th { color: var(--muted); font-weight: 500; font-size: 0.8125rem; line-height: 1.3; white-space: normal; vertical-align: bottom; }
.pair > .scroll { align-self: stretch; }
td small { color: var(--muted); display: block; font-size: 0.75rem; }
tr.whole td { font-weight: 600; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(88px, 1fr)); gap: 10px; padding: 0; margin: 12px 0 0; list-style: none; }
.mistakes li { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 8px; text-align: center; }
.mistakes img { width: 64px; height: 64px; object-fit: contain; image-rendering: pixelated; background: #000; border-radius: 4px; display: block; margin: 0 auto 4px; }
.mistakes b { display: block; font-size: 0.9375rem; line-height: 1.3; }
.mistakes span { display: block; color: var(--muted); font-size: 0.75rem; line-height: 1.35; overflow-wrap: anywhere; }
pre { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; overflow-x: auto; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: 12px 0; }
details > summary { cursor: pointer; color: var(--accent); margin-top: 12px; }
footer { margin-top: 44px; }
@media (max-width: 520px) {
  main { padding: 20px 12px 40px; }
  h1 { font-size: 1.4rem; }
  .cards { grid-template-columns: 1fr 1fr; gap: 8px; }
  .card { padding: 10px 12px; }
  .card .figure { font-size: 1.3rem; }
  th, td { padding: 6px 3px; }
  .panel { padding: 6px; }
  table { font-size: 0.8125rem; }
  thead th { font-size: 0.6875rem; }
}
@media screen and (max-width: 860px) {
  .stack, .stack tbody { display: block; }
  table.stack { font-size: 0.9375rem; }
  .stack thead { position: absolute; clip-path: inset(50%); }
  .stack tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 4px 12px; padding: 10px 8px; border-bottom: 1px solid var(--line); }
  .stack tr:last-child { border-bottom: 0; }
  .stack td { display: block; border: 0; padding: 0; text-align: left; }
  .stack td:first-child { grid-column: 1 / -1; font-weight: 600; }
  .stack td[data-name]::before { content: attr(data-name); display: block; color: var(--muted); font-size: 0.75rem; font-weight: 400; }
}
@media print {
  :root { --surface: #fff; --page: #fff; --ink: #000; --muted: #444; --line: #ccc; --good-soft: #fff; --wary-soft: #fff; --good: #000; --wary: #000; --accent: #1b5fae; }
  body { font-size: 10pt; }
  table { font-size: 8.5pt; }
  thead th, td small { font-size: 7.5pt; }
  th, td { padding: 4px 5px; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  h2 { break-after: avoid; margin-top: 24px; }
  .card, .panel, .mistakes li, tr { break-inside: avoid; }
  .verdict { border: 1px solid #000; }
  .pair { grid-template-columns: 1fr 1fr; }
}
`;
