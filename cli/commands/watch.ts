// digitflow watch: the labels of a source in the terminal.

import type { Command } from 'commander';
import type { ResultMessage } from '../../inference/protocol.ts';
import type { CliContext } from '../context.ts';
import { WrongUse } from '../errors.ts';
import { feedFromSource } from '../sessions/feed.ts';
import { tellSession } from '../sessions/session-lines.ts';
import { addVerb } from '../verb.ts';
import { SOURCES, sourceOf } from './sessions.ts';

interface WatchOptions {
  source: string;
  url?: string;
  token?: string;
  certificate?: string;
}

export function watchVerb(program: Command, context: CliContext): void {
  addVerb(program, {
    name: 'watch',
    group: 'Sessions:',
    summary: 'reads a camera, a file or a stream and prints the digits it sees',
    details: `${SOURCES}\nA line is printed whenever what is seen changes; at the end the summary.`,
    examples: [
      ['watch --source camera:/dev/video0', 'a camera of this machine, until Ctrl-C'],
      ['watch --source file:pictures/', 'every picture of a folder'],
      [
        'watch --source file:walk.y4m --url https://reader.example:8080',
        'by a worker elsewhere (its token in DIGITFLOW_TOKEN)',
      ],
    ],
  })
    .requiredOption('--source <source>', 'camera:…, file:… or rtsp://…')
    .option('--url <url>', "an inference worker's address (default: the stack's own)")
    .option('--token <token>', 'of a worker elsewhere; better in DIGITFLOW_TOKEN, where no other user sees it')
    .option('--certificate <file>', 'a certificate to trust (PEM), of a worker that made its own')
    .action((options: WatchOptions) => watch(context, options));
}

async function watch(context: CliContext, { source: text, ...options }: WatchOptions): Promise<void> {
  const { terminal } = context;
  const source = sourceOf(text);
  if (source.kind === 'browser')
    throw new WrongUse(
      '--source: a browser shows its digits itself; start its session with `npx digitflow session start`',
    );
  if (options.url !== undefined && !/^(https?|wss?):\/\//.test(options.url))
    throw new WrongUse(`--url: expected http://… or https://…, got ${JSON.stringify(options.url)}`);
  let before: string | undefined;
  const summary = await feedFromSource(context, {
    ...options,
    source,
    onStart: ({ session, name }) => terminal.note(terminal.colors.dim(`${session ?? 'a session'} reads ${name}`)),
    onResult(result) {
      const line = seen(result);
      if (line !== before) terminal.note(`${String(result.seq).padStart(6)}  ${line}`);
      before = line;
    },
    onNotice: (line) => terminal.warn(line),
  });
  terminal.print();
  tellSession(terminal, summary);
}

/** The digits of a frame from left to right; uncertain ones in brackets. */
export function seen({ digits }: Pick<ResultMessage, 'digits'>): string {
  const words = [...digits]
    .sort((a, b) => a.box.x - b.box.x)
    .map(({ label, decision }) => (decision === 'digit' ? label : `(${label})`));
  return words.length === 0 ? '–' : words.join(' ');
}
