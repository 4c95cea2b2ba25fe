import type { Command } from 'commander';

/**
 * The options of a command and of those that it belongs to. Of one that several have, such as `--env` of `deploy` and of
 * `deploy abort`, a value that was given goes before a default, and then that of the command itself.
 */
export function givenOptions<Options extends object>(command: Command): Options {
  const path = pathTo(command);
  const isDefault = (owner: Command, name: string) => owner.getOptionValueSource(name) === 'default';
  const values = path.flatMap((owner) =>
    Object.entries(owner.opts()).map(([name, value]) => ({ name, value, isDefault: isDefault(owner, name) })),
  );
  const given = values.filter((option) => !option.isDefault);
  const defaults = values.filter((option) => option.isDefault);
  return Object.fromEntries([...defaults, ...given].map(({ name, value }) => [name, value])) as Options;
}

/** The commands that a command belongs to, the outermost first, and itself. */
function pathTo(command: Command): Command[] {
  return command.parent ? [...pathTo(command.parent), command] : [command];
}
