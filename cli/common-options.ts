import type { Command } from 'commander';
import { EpochlogError } from '../kernel/errors.ts';

/** The options of every command, which may stand before and after its name. */
export const withCommonOptions = (command: Command): Command =>
  command
    .option('--json', 'answer in JSON on standard output')
    .option('--home <folder>', 'folder that holds all data (default: EPOCHLOG_HOME, or .epochlog)', folder)
    .option('--no-color', 'no colours');

/** An option that is on by default is only off where it is given: `optsWithGlobals` would take the default of a parent. */
export function isColoured(command: Command | null): boolean {
  return command === null || (command.opts().color !== false && isColoured(command.parent));
}

function folder(path: string): string {
  if (path.trim() !== '') return path;
  throw new EpochlogError('INPUT_INVALID', '--home takes the path of a folder');
}
