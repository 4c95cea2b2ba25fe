import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { CHANGES } from '../../tasks/reported-run.ts';

type Change = (typeof CHANGES)[number];
export type ChangeOptions = Partial<Record<Change, boolean>>;

/** Adds --major, --minor and --patch: what the version is, whatever has changed. */
export const withChange = (command: Command): Command =>
  command
    .option('--major', 'the version is a major one, such as v2.0.0 (default: what has changed says it)')
    .option('--minor', 'the version is a minor one, such as v1.1.0')
    .option('--patch', 'the version is a patch, such as v1.0.1');

/** The one that was given, or null. INPUT_INVALID where there are two. */
export function changeOf(options: ChangeOptions): Change | null {
  const [change = null, other] = CHANGES.filter((name) => options[name]);
  if (other === undefined) return change;
  throw new EpochlogError('INPUT_INVALID', `a version is one of --${change} and --${other}, not both`);
}
