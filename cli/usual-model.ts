import type { Argument, Command, Option } from 'commander';
import type { Config } from '../infra/config/schema.ts';
import { EpochlogError } from '../kernel/errors.ts';
import { listed } from '../kernel/nearest.ts';
import { declaredModels } from '../operations/declared.ts';
import { DEFAULT_MODEL, MODEL_OPTION } from './arguments.ts';
import { withStore } from './store.ts';

/**
 * The model that a command means where its line names none: that of EPOCHLOG_MODEL, else the only one that the log
 * declares, else the one that comes with epochlog. Where several others are declared, it gives what must be named.
 *
 * @param command with its arguments parsed
 * @param option what its option `--model` names
 * @returns a function that gives the model, because not each command needs one; it throws INPUT_INVALID where several
 *   may be meant
 */
export async function usualModel(
  config: Config,
  command: Command,
  option: string | undefined,
): Promise<() => string> {
  const { model = DEFAULT_MODEL.model } = config;
  const { options, registeredArguments, args } = command;
  const takesOne = [...options, ...registeredArguments].some(isModel);
  const isNamed = option !== undefined || registeredArguments.some((it, at) => isModel(it) && at in args);
  if (config.model !== undefined || isNamed || !takesOne) return () => model;
  const names = await namesIn(config);
  return () => usualOf(names, options.some(isModel) ? '--model NAME' : 'MODEL');
}

/**
 * The same of the names that a log declares.
 *
 * @param how a command line names a model
 */
export function usualOf(names: readonly string[], how: string): string {
  const [only, ...others] = names;
  if (only === undefined || names.includes(DEFAULT_MODEL.model)) return DEFAULT_MODEL.model;
  if (others.length === 0) return only;
  const named = listed([...names].sort());
  throw new EpochlogError(
    'INPUT_INVALID',
    `name the model with ${how}: ${names.length} are declared, ${named}`,
  );
}

/** Options and arguments of a usual model are described by one text, whatever a command adds to it. */
const isModel = ({ description }: Option | Argument): boolean => description.includes(MODEL_OPTION);

/** None where the log cannot be read: the command will say why. */
const namesIn = (config: Config): Promise<string[]> =>
  withStore(config, async ({ events }) => [...(await declaredModels(events)).keys()]).catch(() => []);
