import type { Command } from 'commander';
import { inOrder } from '../help.ts';
import { wholeProgram } from '../program.ts';
import { generatedFrom, table } from './markdown.ts';

/** The options of every command, told once. */
const COMMON = new Set(['--json', '--home', '--no-color', '--help']);
const WIDTH = 100;

/** The commands that do something, those of a group instead of it. */
const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** The words that call it, without the name of the program. */
function pathOf(command: Command): string {
  const parent = command.parent ? pathOf(command.parent) : '';
  return command.parent ? `${parent} ${command.name()}`.trim() : '';
}

const anchorOf = (path: string) => path.replaceAll(' ', '-');

/** The help of a command as it prints it, without the options of every command. */
function helpOf(command: Command): string {
  let printed = '';
  command.configureHelp({
    helpWidth: WIDTH,
    visibleOptions: ({ options }) => options.filter(({ long }) => !COMMON.has(long ?? '')),
  });
  command.configureOutput({
    writeOut: (text) => {
      printed += text;
    },
    getOutHelpWidth: () => WIDTH,
  });
  command.outputHelp();
  const [, help = printed] = /^Usage: [\s\S]*?\n\n([\s\S]*)$/.exec(printed) ?? [];
  const usage = /^Usage: ([^\n]*)/.exec(printed)?.[1] ?? '';
  return `${usage}\n\n${withoutDescription(help)}`.trim();
}

/** The first paragraph of a help is its description, which stands above it on the page. */
const withoutDescription = (help: string) => help.slice(help.indexOf('\n\n') + 2);

/** The page of all commands, from their help. */
export async function commandsPage(): Promise<string> {
  const program = await wholeProgram();
  const grouped = inOrder(program.commands, (command) => command.helpGroup());
  const overview = [...grouped].flatMap(([heading, commands]) =>
    commands.flatMap(leaves).map((command) => {
      const path = pathOf(command);
      return [`[\`${path}\`](#${anchorOf(path)})`, heading.replace(/:$/, ''), command.description()];
    }),
  );
  const sections = [...grouped].flatMap(([heading, commands]) => [
    `## ${heading.replace(/:$/, '')}\n`,
    ...commands
      .flatMap(leaves)
      .map(
        (command) =>
          `### ${pathOf(command)}\n\n${command.description()}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`,
      ),
  ]);
  return [
    generatedFrom('the help of the commands'),
    '# Commands\n',
    'What `npx epochlog COMMAND --help` prints. Every command also takes `--json` (answers as JSON, one object a line),',
    '`--home FOLDER` (the folder of all data) and `--no-color`. How they work together: [The command line](../cli.md).\n',
    table(['command', 'for', 'what it does'], overview),
    ...sections,
  ].join('\n');
}
