import type { Command } from 'commander';

/** What commands are for, in the order in which help lists them. */
const GROUPS = {
  start: 'Begin:',
  data: 'Data, tasks and models:',
  training: 'Training and versions:',
  production: 'Production:',
  look: 'Look and prove:',
  cluster: 'Clusters and schemas:',
} as const;

/** Says what a command is for, with examples: whole command lines. The help of each command below it shows its own. */
export const about = (command: Command, group: keyof typeof GROUPS, examples: readonly string[]): Command =>
  command.helpGroup(GROUPS[group]).addHelpText('afterAll', ({ command: of }) => {
    const words = of === command ? [command.name()] : [command.name(), of.name()];
    const call = `npx epochlog ${words.join(' ')}`;
    const own = examples.filter((line) => line === call || line.startsWith(`${call} `));
    return own.length === 0 ? '' : `\nExamples:\n${own.map((line) => `  ${line}`).join('\n')}`;
  });

/** Items by heading, those of `GROUPS` in their order. */
export function inOrder<Item>(
  items: readonly Item[],
  headingOf: (item: Item) => string,
): Map<string, Item[]> {
  const headings: readonly string[] = Object.values(GROUPS);
  const place = (heading: string) =>
    headings.includes(heading) ? headings.indexOf(heading) : headings.length;
  const groups = [...Map.groupBy(items, headingOf)];
  return new Map(groups.sort(([a], [b]) => place(a) - place(b)));
}
