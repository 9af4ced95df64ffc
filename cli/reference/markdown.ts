// The reference as Markdown: docs/reference.md.

import type { Reference } from './reference.ts';
import type { ReferenceOption, ReferenceVerb } from './structure.ts';

export function markdownReference({ verbs, common, exitCodes }: Reference): string {
  const groups = [...new Set(verbs.map(({ group }) => group))];
  const top = (group: string): ReferenceVerb[] =>
    verbs.filter((verb) => verb.group === group && !verb.path.includes(' '));
  return `# Reference

Generated from the help of the command line by \`npm run reference\`; \`npx digitflow reference\` prints it, \`--format man\` as a man page.

${groups.map((group) => `- **${group}** ${top(group).map(link).join(' · ')}`).join('\n')}

Every verb takes:

${common.map(optionLine).join('\n')}
- \`-h, --help\`: shows help

Exit codes: ${exitCodes}.

${verbs.map(section).join('\n')}`;
}

const link = ({ path }: ReferenceVerb): string => `[${path}](#${path.replaceAll(' ', '-')})`;

function section({ path, usage, summary, details, values, options, examples }: ReferenceVerb): string {
  const isTop = !path.includes(' ');
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, meaning]) => `npx digitflow ${command.padEnd(width)}  # ${meaning}`);
  const told = [
    ...values.map(({ name, choices }) => `- \`${name}\`: ${choices.join(', ')}`),
    ...options.map(optionLine),
  ];
  return `${isTop ? '##' : '###'} ${path}

\`npx digitflow ${usage}\`: ${escaped(summary)}.
${details === undefined ? '' : `\n${escaped(details.replaceAll('\n', ' '))}\n`}${told.length === 0 ? '' : `\n${told.join('\n')}\n`}
\`\`\`sh
${lines.join('\n')}
\`\`\`
`;
}

export function optionText({ meaning, choices, default: value, isMandatory }: ReferenceOption): string {
  const more = [
    ...(choices.length > 0 ? [`one of ${choices.join(', ')}`] : []),
    ...(value === undefined ? [] : [`default: ${value}`]),
    ...(isMandatory ? ['has to be given'] : []),
  ];
  return more.length === 0 ? meaning : `${meaning} (${more.join('; ')})`;
}

const optionLine = (option: ReferenceOption): string => `- \`${option.flags}\`: ${escaped(optionText(option))}`;

/** Words in angle brackets would be taken for HTML. */
const escaped = (text: string): string =>
  text.replaceAll(/`[^`]*`|[<>*_]/g, (found) => (found.startsWith('`') ? found : `\\${found}`));
