import { wholeProgram } from '../program.ts';

/** `cli/help.generated.ts`: what `epochlog --help` shows, so that it loads no command. */
export async function outlinesModule(): Promise<string> {
  const program = await wholeProgram();
  const help = program.createHelp();
  const lines = program.commands.map((command) => {
    const outline = {
      name: command.name(),
      term: help.subcommandTerm(command),
      group: command.helpGroup(),
      description: help.subcommandDescription(command),
    };
    return `  ${JSON.stringify(outline)},\n`;
  });
  return `// Generated from cli/commands/ by \`npm run docs\`. Do not edit.

/** A command, as the list of all shows it. */
export interface Outline {
  name: string;
  term: string;
  group: string;
  description: string;
}

export const OUTLINES: readonly Outline[] = [
${lines.join('')}];
`;
}
