// One line for each thing that is being set up: what it does now, and for how long. On a terminal the lines are redrawn
// in place; elsewhere a line is written when something changes.

const REDRAW_MS = 200;
/** Without a terminal: a sign of life this often, and not each percent. */
const QUIET_MS = 15_000;

/** @typedef {import('../index.d.mts').SetupEvent & { startedAt: number, endedAt?: number, writtenAt: number, written: string }} Line */

/**
 * @param {{ stream: NodeJS.WriteStream, isTerminal?: boolean, now?: () => number }} options
 * @returns {{ report: (event: import('../index.d.mts').SetupEvent) => void, stop: () => void }}
 */
export function showProgress({ stream, isTerminal = stream.isTTY, now = Date.now }) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  let drawn = 0;
  const redraw = () => {
    if (lines.size === 0) return;
    const width = Math.max(...[...lines.values()].map(({ title }) => title.length));
    const text = [...lines.values()]
      .map((line) => `\x1b[2K${cut(format(line, width, now()), stream.columns)}\n`)
      .join('');
    stream.write((drawn > 0 ? `\x1b[${drawn}A` : '') + text);
    drawn = lines.size;
  };
  const timer = isTerminal ? setInterval(redraw, REDRAW_MS) : undefined;
  timer?.unref();
  return {
    report: (event) => {
      const before = lines.get(event.name);
      const line = { startedAt: now(), writtenAt: -Infinity, written: '', ...before, ...event };
      if (event.state !== 'working') line.endedAt = now();
      lines.set(event.name, line);
      if (!isTerminal && isNews(line, now())) {
        Object.assign(line, { writtenAt: now(), written: kind(line) });
        stream.write(`${format(line, 0, now())}\n`);
      }
    },
    stop: () => {
      clearInterval(timer);
      if (isTerminal) redraw();
    },
  };
}

/**
 * @param {Line} line
 * @param {number} now
 */
function isNews(line, now) {
  return line.state !== 'working' || kind(line) !== line.written || now - line.writtenAt >= QUIET_MS;
}

/**
 * The message without its numbers: `downloading: 12 MB` and `downloading: 13 MB` are of one kind.
 * @param {Line} line
 */
function kind({ state, message }) {
  return `${state} ${message.replace(/\d+/g, '#')}`;
}

/**
 * @param {Line} line
 * @param {number} width
 * @param {number} now
 */
function format({ title, state, message, startedAt, endedAt }, width, now) {
  const mark = { working: '·', ready: '✓', failed: '✗' }[state];
  const seconds = `${(((endedAt ?? now) - startedAt) / 1000).toFixed(0)} s`;
  return `${mark} ${title.padEnd(width)}  ${seconds.padStart(5)}  ${message}`;
}

/**
 * A line that wraps would be two lines, and the next redraw would start one too low.
 * @param {string} text
 * @param {number | undefined} columns
 */
function cut(text, columns = 80) {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}
