// The grammar as scripts by which shells complete words. They hold every word: starting a program at each press of a key
// would take longer than a person waits.

import type { Place, Word } from './grammar.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, program: string, places: readonly Place[]): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program, places);
}

/** In single quotes, for all three shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const wordsAt = ({ verbs, options, values }: Place): string[] => [
  ...verbs.map(({ text }) => text),
  ...values,
  ...options.map(({ text }) => text),
];

/** `case` branches that follow the verbs to the place where the cursor is. */
const pathBranches = (places: readonly Place[]): string =>
  places
    .filter(({ path }) => path !== '')
    .map(({ path }) => `      ${quoted(path)}) path=${quoted(path)} ;;`)
    .join('\n');

const valueBranches = (places: readonly Place[], answer: (words: readonly string[]) => string): string =>
  places
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ text, values }) => `    ${quoted(`${path} ${text}`)}) ${answer(values)} ;;`),
    )
    .join('\n');

function bashScript(program: string, places: readonly Place[]): string {
  const answer = (words: readonly string[]): string => `words=${quoted(words.join(' '))}`;
  const branches = places.map((place) => `    ${quoted(place.path)}) ${answer(wordsAt(place))} ;;`).join('\n');
  return `# Completion of ${program} for bash: source <(npx ${program} completion bash)
_${program}() {
  local path='' words='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${path:+$path }\${COMP_WORDS[index]}" in
${pathBranches(places)}
    esac
  done
  case "$path \${COMP_WORDS[COMP_CWORD - 1]}" in
${valueBranches(places, answer)}
    *)
  case "$path" in
${branches}
  esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _${program} ${program}
`;
}

function zshScript(program: string, places: readonly Place[]): string {
  const described = ({ text, meaning }: Word): string => quoted(`${text.replaceAll(':', '\\:')}:${meaning}`);
  const branch = ({ path, verbs, options, values }: Place): string => {
    const words = [...verbs, ...values.map((text) => ({ text, meaning: '' })), ...options].map(described);
    return `    ${quoted(path)}) known=(${words.join(' ')}) ;;`;
  };
  const answer = (words: readonly string[]): string => `known=(${words.map(quoted).join(' ')})`;
  return `#compdef ${program}
# Completion of ${program} for zsh: npx ${program} completion zsh > "\${fpath[1]}/_${program}"
_${program}() {
  local path_='' index
  local -a known
  for ((index = 2; index < CURRENT; index++)); do
    case "\${path_:+$path_ }\${words[index]}" in
${pathBranches(places).replaceAll(' path=', ' path_=')}
    esac
  done
  case "$path_ \${words[CURRENT - 1]}" in
${valueBranches(places, answer)}
    *)
  case "$path_" in
${places.map(branch).join('\n')}
  esac ;;
  esac
  if ((\${#known})); then _describe ${program} known; else _files; fi
}
if [[ "\${funcstack[1]}" == "_${program}" ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function fishScript(program: string, places: readonly Place[]): string {
  const complete = (place: Place): string[] => {
    const here = `-n ${quoted(`__${program}_at ${place.path}`.trim())}`;
    const start = `complete -c ${program} ${here}`;
    return [
      ...place.verbs.map(({ text, meaning }) => `${start} -f -a ${quoted(text)} -d ${quoted(meaning)}`),
      ...place.values.map((text) => `${start} -f -a ${quoted(text)}`),
      ...place.options.map(({ text, meaning, takesValue, values }) => {
        const name = text.startsWith('--') ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`;
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
        return `${start} ${name}${value} -d ${quoted(meaning)}`;
      }),
    ];
  };
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `# Completion of ${program} for fish: npx ${program} completion fish > ~/.config/fish/completions/${program}.fish
function __${program}_at
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l longer (string trim -- "$path $word")
        if contains -- "$longer" ${paths.map(quoted).join(' ')}
            set path "$longer"
        end
    end
    test "$path" = "$argv"
end
${places.flatMap(complete).join('\n')}
`;
}
