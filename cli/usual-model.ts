import type { Argument, Command, Option } from 'commander';
import type { Config } from '../infra/config/schema.ts';
import { declaredModels } from '../operations/declared.ts';
import { DEFAULT_MODEL, MODEL_OPTION } from './arguments.ts';
import { withStore } from './store.ts';

/**
 * The model that a command means where its line names none: that of EPOCHLOG_MODEL, else the only one that the log
 * declares, else the one that comes with epochlog.
 *
 * @param command with its arguments parsed
 * @param option what its option `--model` names
 */
export async function usualModel(
  config: Config,
  command: Command,
  option: string | undefined,
): Promise<string> {
  if (config.model !== undefined) return config.model;
  const { options, registeredArguments, args } = command;
  const takesOne = [...options, ...registeredArguments].some(isModel);
  const isNamed = option !== undefined || registeredArguments.some((it, at) => isModel(it) && at in args);
  if (isNamed || !takesOne) return DEFAULT_MODEL.model;
  return usualOf(await namesIn(config));
}

/** The same of the names that a log declares. Of several none is preferred: some commands need no model after all. */
export function usualOf(names: readonly string[]): string {
  const [only, ...others] = names;
  return only !== undefined && others.length === 0 ? only : DEFAULT_MODEL.model;
}

/** Options and arguments of a usual model are described by one text, whatever a command adds to it. */
const isModel = ({ description }: Option | Argument): boolean => description.includes(MODEL_OPTION);

/** None where the log cannot be read: the command will say why. */
const namesIn = (config: Config): Promise<string[]> =>
  withStore(config, async ({ events }) => [...(await declaredModels(events)).keys()]).catch(() => []);
