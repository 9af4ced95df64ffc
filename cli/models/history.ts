// digitflow models history: what the aliases meant, who moved them, and why.

import { readMoves } from '../../artifacts/registry.ts';
import { keys } from '../../artifacts/keys.ts';
import type { CliContext } from '../context.ts';
import { localTime, table } from '../format.ts';

export async function showHistory(context: CliContext, model: string, limit: number): Promise<void> {
  const { terminal } = context;
  const store = await context.store();
  keys.aliases(model); // refuses a name that can't be one before it is said to have no moves
  const moves = await readMoves(store, model);
  const numbered = moves.map(({ moveId: _id, ...move }, index) => ({ move: index + 1, ...move }));
  terminal.document({ model, moves: numbered });
  if (moves.length === 0) return terminal.print(`No alias of ${model} was ever moved. See \`npx digitflow models\`.`);
  const shown = numbered.slice(-limit).reverse();
  const { colors } = terminal;
  terminal.print(
    table(
      ['move', 'when', 'alias', 'from', 'to', 'by', 'reason'],
      shown.map(({ move, at, alias, from, to, author, reason }) => [
        String(move),
        localTime(at),
        alias === 'champion' ? colors.green(alias) : alias,
        from === null ? '–' : String(from),
        String(to),
        author,
        reason,
      ]),
    ),
  );
  if (shown.length < moves.length)
    terminal.print(`\n${shown.length} of ${moves.length}; all of them: npx digitflow models history ${model} --json`);
}
