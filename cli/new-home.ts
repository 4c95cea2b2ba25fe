import { existsSync } from 'node:fs';
import type { Config } from '../infra/config/schema.ts';
import { pathsOf } from '../infra/home.ts';
import { EpochlogError } from '../kernel/errors.ts';
import type { EventReader } from '../schemas/catalogue.ts';
import type { Output } from './output.ts';

type Events = Pick<EventReader, 'scan'>;

/**
 * Says which data folder a command is about to create; nothing where there is one.
 *
 * @param check what the command needs of the log: what it throws names the folder, which is then not created
 */
export async function announceNewHome(
  { log, home }: Config,
  output: Output,
  check: (events: Events) => Promise<unknown> = async () => {},
): Promise<void> {
  if (log || existsSync(pathsOf(home).log)) return;
  try {
    await check(NO_EVENTS);
  } catch (error) {
    if (!(error instanceof EpochlogError)) throw error;
    const advice = `there is no log in ${home} yet: where another data folder is meant, name it with --home`;
    throw new EpochlogError(error.code, `${error.message.replace(/\.$/, '')}; ${advice}`, { cause: error });
  }
  output.line(`a new data folder: ${home}`);
}

const NO_EVENTS: Events = { async *scan() {} };
