import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** What may follow a command: its subcommands and its options. */
interface Words {
  /** the command and those above it, without the program: `run compare` */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly description: string }[];
}

/** Every command of a program with what may follow it, the program itself first. */
export function wordsOf(command: Command, path = ''): Words[] {
  const words = [
    ...command.commands.map((child) => ({ word: child.name(), description: child.description() })),
    ...command.options.map(({ long, description }) => ({ word: long ?? '', description })),
  ].filter(({ word }) => word !== '');
  const children = command.commands.flatMap((child) => wordsOf(child, `${path} ${child.name()}`.trim()));
  return [{ path, words }, ...children];
}

/** A script that completes the commands and options of a program; other words are completed as files. */
export function completionScript(shell: Shell, program: Command): string {
  const all = wordsOf(program);
  return shell === 'fish' ? fish(all, program.name()) : bash(all, program.name(), shell);
}

function bash(all: readonly Words[], name: string, shell: Shell): string {
  const cases = all
    .filter(({ path }) => path !== '')
    .map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`);
  const [top] = all;
  return `${shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
    '') words='${top?.words.map(({ word }) => word).join(' ')}' ;;
    *) words='' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}`;
}

function fish(all: readonly Words[], name: string): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = all.flatMap(({ path, words }) => {
    const seen = path.split(' ').filter(Boolean);
    const others = words.filter(({ word }) => !word.startsWith('-')).map(({ word }) => word);
    const condition = [
      ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
      ...(others.length > 0 ? [`not __fish_seen_subcommand_from ${others.join(' ')}`] : []),
    ].join('; and ');
    return words.map(({ word, description }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c ${name} -n ${quoted(condition)} ${what} -d ${quoted(description)}`;
    });
  });
  return lines.join('\n');
}
