import type { Command } from 'commander';
import type { Config } from '../infra/config/schema.ts';
import { declaredModels } from '../operations/declared.ts';
import { DEFAULT_MODEL, MODEL_OPTION } from './arguments.ts';
import { withStore } from './store.ts';

/**
 * The model that a command means where its line names none: that of EPOCHLOG_MODEL, else the only one that the log
 * declares, else the one that comes with epochlog.
 *
 * @param isNamed whether the command line names a model
 */
export async function usualModel(config: Config, command: Command, isNamed: boolean): Promise<string> {
  if (config.model !== undefined) return config.model;
  if (isNamed || !meansOne(command)) return DEFAULT_MODEL.model;
  return usualOf(await namesIn(config));
}

/** The same of the names that a log declares. Of several none is preferred: some commands need no model after all. */
export function usualOf(names: readonly string[]): string {
  const [only, ...others] = names;
  return only !== undefined && others.length === 0 ? only : DEFAULT_MODEL.model;
}

const meansOne = ({ options, registeredArguments }: Command): boolean =>
  [...options, ...registeredArguments].some(({ description }) => description.includes(MODEL_OPTION));

/** None where the log cannot be read: the command will say why. */
const namesIn = (config: Config): Promise<string[]> =>
  withStore(config, async ({ events }) => [...(await declaredModels(events)).keys()]).catch(() => []);
