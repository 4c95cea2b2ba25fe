import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { openExistingHome } from '../../infra/home.ts';
import { checkInChild } from '../../infra/log/embedded/check.ts';
import { type Verification, verify } from '../../operations/verify/verify.ts';
import { action } from '../action.ts';
import { EXIT } from '../exit.ts';
import { about } from '../help.ts';
import { type Output, table } from '../output.ts';
import { withSession } from '../session.ts';

/** `epochlog verify`: checks the log, its artifacts and the projections. */
export function register(program: Command): void {
  const command = about(program.command('verify'), 'look', ['npx epochlog verify']).description(
    'check the log and the artifacts it names, rebuild every projection from it, and compare',
  );
  action<object>(command, async (_, { config, output }) => {
    if (!config.log) await checkPages(config, output); // first: the services read the log when they start
    await withSession(config, async (session) => {
      const dense = !config.log;
      const verification = await verify(session, { dense, onStep: (step) => output.progress(step) });
      output.result(verification);
      print(verification, dense, output);
      if (!verification.verified) process.exitCode = EXIT.unverified.code;
    });
  });
}

/** LOG_CORRUPT when the log of the home is damaged, also where LMDB crashes on it; NOT_FOUND without a home. */
async function checkPages({ home }: Config, output: Output): Promise<void> {
  const { paths } = await openExistingHome(home);
  if (!existsSync(join(paths.log, 'data.mdb'))) return;
  output.progress('reading the pages of the log');
  await checkInChild(paths.log);
}

function print(
  { verified, log, artifacts, measurements, tables }: Verification,
  dense: boolean,
  output: Output,
): void {
  const offsets = `offsets ${dense ? 'contiguous' : 'increasing'}, `;
  const discarded = log.discarded === 0 ? '' : `, ${log.discarded} of them discarded`;
  output.line(`${log.events} events${discarded}: ${log.faults === 0 ? offsets : ''}${log.faults} faults`);
  output.line(`${artifacts.artifacts} artifacts read: ${artifacts.faults} faults`);
  const { measured, changed, expired } = measurements;
  if (measured + changed + expired > 0) {
    const later = changed === 0 ? '' : `, ${changed} of queries that have changed since`;
    const gone = expired === 0 ? '' : `, ${expired} not recomputable: expired`;
    output.line(`${measured} measurements asked again${later}${gone}: ${measurements.faults} faults`);
  }
  for (const finding of [...log.findings, ...artifacts.findings, ...measurements.findings])
    output.line(`  ${finding}`);
  output.line(
    table(
      ['projection', 'rows', 'rebuilt', ''],
      tables.map(({ table: name, rows, rebuiltRows, equal }) => [
        name,
        rows,
        rebuiltRows,
        equal ? 'equal' : 'DIFFERS',
      ]),
    ),
  );
  output.line(verified ? 'verified: every projection equals its rebuild from the log' : 'NOT verified');
}
