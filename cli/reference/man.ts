// The reference as a man page: docs/digitflow.1. Source of the macros: man(7).

import { optionText } from './markdown.ts';
import type { Reference } from './reference.ts';
import type { ReferenceOption, ReferenceVerb } from './structure.ts';

export function manPage({ verbs, common, exitCodes, description, version }: Reference): string {
  const lines = [
    `.TH DIGITFLOW 1 "" "digitflow ${version}" "User Commands"`,
    '.SH NAME',
    `digitflow \\- ${roff(description.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    '.B npx digitflow',
    '.I verb',
    '[\\fIarguments\\fR] [\\fIoptions\\fR]',
    '.SH OPTIONS OF EVERY VERB',
    ...common.flatMap(option),
    '.SH VERBS',
    ...verbs.flatMap(section),
    '.SH EXIT STATUS',
    roff(`${exitCodes}.`),
    '.SH ENVIRONMENT',
    '.TP',
    '.B NO_COLOR, FORCE_COLOR',
    'No colours; colours even in a pipe. The first wins.',
    '.TP',
    '.B PAGER',
    'Shows long answers on a terminal; by default less \\-FRX.',
    '.TP',
    '.B DIGITFLOW_HOME, DIGITFLOW_CACHE',
    'State of this checkout (.digitflow); what all checkouts share.',
  ];
  return `${lines.join('\n')}\n`;
}

const section = ({ usage, summary, details, values, options, examples }: ReferenceVerb): string[] => [
  `.SS ${roff(usage)}`,
  roff(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
  ...(details === undefined ? [] : ['.PP', roff(details.replaceAll('\n', ' '))]),
  ...values.flatMap(({ name, choices }) => ['.TP', `.I ${roff(name)}`, roff(choices.join(', '))]),
  ...options.flatMap(option),
  '.PP',
  '.nf',
  ...examples.flatMap(([command, meaning]) => [
    `.RS 4`,
    roff(`npx digitflow ${command}`),
    `.RE`,
    roff(`    ${meaning}`),
  ]),
  '.fi',
];

const option = (each: ReferenceOption): string[] => ['.TP', `.B ${roff(each.flags)}`, roff(optionText(each))];

/** Text as the formatter prints it: backslashes, minus signs, and no line that begins like a request. */
function roff(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
