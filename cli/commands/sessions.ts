// digitflow sessions, session: what cameras show and showed, and who may go on.

import type { Command } from 'commander';
import { parseSourceName } from '../../inference/sources/source-name.ts';
import { InvalidSource } from '../../inference/sources/source.ts';
import { SESSION_QUERIES, SESSION_UPDATES, type SessionFigures } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { CommandFailed, NotFound, WrongUse } from '../errors.ts';
import { table } from '../format.ts';
import { feedFromSource } from '../sessions/feed.ts';
import { sessionRow, tellSession } from '../sessions/session-lines.ts';
import { reachSessions, sessionView, sessionViews } from '../sessions/session-views.ts';
import { startSession } from '../sessions/start-session.ts';
import { isWorkflowNotFound } from '../temporal-errors.ts';
import { addVerb, positiveInteger } from '../verb.ts';

const DEFAULT_LIMIT = 20;

/** What every verb that reads a source says of it. */
export const SOURCES =
  'SOURCE is camera:/dev/video0, file:PATH (.y4m, .mjpeg or a folder of pictures; any other video through ffmpeg)\n' +
  'or rtsp://…. A live source drops stale frames and is opened again when it goes away; a file drops none.';

export function sessionsVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'sessions',
    group: 'Sessions:',
    summary: 'lists sessions: open ones with live figures, ended ones with their summaries',
    details: 'Works from the store alone when Temporal is down; then only ended sessions are known.',
    examples: [
      ['sessions', 'the newest twenty'],
      ['sessions --limit 100 --json', 'for a script'],
    ],
    isLong: true,
  })
    .option('--limit <count>', 'how many', positiveInteger('--limit'), DEFAULT_LIMIT)
    .action(({ limit }: { limit: number }) => list(context, limit));
}

export function sessionVerb(program: Command, context: CliContext): void {
  const session = addVerb(program, {
    name: 'session',
    group: 'Sessions:',
    summary: 'shows, starts, pauses, resumes or ends one session',
    examples: [
      ['session start', 'a link for a browser: whoever opens it has the session'],
      ['session show ID', 'live figures, or the summary'],
      ['session end ID', 'ends it, wherever it is served'],
    ],
  });
  addVerb(session, {
    name: 'show <id>',
    group: 'Sessions:',
    summary: 'shows the figures of one session',
    examples: [['session show session-1a2b3c4d5e6f --json', 'for a script']],
  }).action((id: string) => show(context, id));
  const controls = {
    pause: 'pauses a session: its frames are not read',
    resume: 'goes on with a paused session',
    end: 'ends a session and shows its summary',
  } as const;
  for (const [name, summary] of Object.entries(controls) as [keyof typeof controls, string][])
    addVerb(session, {
      name: `${name} <id>`,
      group: 'Sessions:',
      summary,
      examples: [[`session ${name} session-1a2b3c4d5e6f`, 'through Temporal']],
    }).action((id: string) => control(context, name, id));
  addVerb(session, {
    name: 'start',
    group: 'Sessions:',
    summary: 'starts a session for a browser, or from a camera, a file or a stream',
    details: `For a browser it prints a link and returns. Anything else is read here, until it ends or Ctrl-C.\n${SOURCES}`,
    examples: [
      ['session start', 'prints a link; without a page for ten minutes the session ends'],
      ['session start --source camera:/dev/video0', 'a camera of this machine'],
      ['session start --source file:walk.mp4 --json', 'a video, then its summary'],
    ],
  })
    .option('--source <source>', 'browser, camera:…, file:… or rtsp://…', 'browser')
    .action(({ source }: { source: string }) => start(context, source));
}

async function list(context: CliContext, limit: number): Promise<void> {
  const { terminal } = context;
  const sources = await reachSessions(context);
  const views = await sessionViews(sources, limit);
  terminal.document({ sessions: views, temporal: sources.temporal === undefined ? 'unreachable' : 'reachable' });
  if (views.length === 0)
    return terminal.print('No session yet. Open the page, or start one with `npx digitflow session start`.');
  const head = ['session', 'state', 'source', 'started', 'answered', 'digits', 'latency'];
  terminal.print(
    table(
      head,
      views.map((figures) => sessionRow(figures, terminal)),
    ),
  );
}

async function show(context: CliContext, id: string): Promise<void> {
  const { figures, link } = await sessionView(await reachSessions(context), id);
  tellSession(context.terminal, figures, link);
}

async function control(context: CliContext, name: keyof typeof SESSION_UPDATES, id: string): Promise<void> {
  const { client } = await context.temporal();
  const handle = client.workflow.getHandle(id);
  let figures: SessionFigures;
  let link: string | undefined;
  try {
    figures = await handle.executeUpdate<SessionFigures, []>(SESSION_UPDATES[name]);
    // The workflow's own word: with the summary it has ended for everybody.
    if (name === 'end') figures = (await handle.result()) as SessionFigures;
    else link = await handle.query<string | undefined>(SESSION_QUERIES.link);
  } catch (error) {
    if (isWorkflowNotFound(error))
      throw new NotFound(`no open session ${id}. See \`npx digitflow sessions\`.`, { cause: error });
    throw new CommandFailed(`session ${id} could not be told to ${name}`, { cause: error });
  }
  tellSession(context.terminal, figures, link);
}

async function start(context: CliContext, text: string): Promise<void> {
  const { terminal, signal } = context;
  const source = sourceOf(text);
  if (source.kind === 'browser') {
    const { session } = await startSession(await context.temporal(), { source: 'browser', signal });
    return show(context, session);
  }
  const summary = await feedFromSource(context, {
    source,
    onStart: ({ session, name }) => terminal.note(`${session ?? 'a session'} reads ${name}; Ctrl-C ends it`),
    onResult: () => undefined,
    onNotice: (line) => terminal.warn(line),
  });
  tellSession(terminal, summary);
}

/** The parser of `--source`. @throws WrongUse */
export function sourceOf(text: string): ReturnType<typeof parseSourceName> {
  try {
    return parseSourceName(text);
  } catch (error) {
    if (error instanceof InvalidSource) throw new WrongUse(`--source: ${error.message.replace(/^source: /, '')}`);
    throw error;
  }
}
