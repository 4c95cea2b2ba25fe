import type { Command } from 'commander';
import { action } from '../action.ts';
import { EXIT } from '../exit.ts';
import { table } from '../output.ts';
import { withSession } from '../session.ts';
import { checkLog, type LogReport } from '../verify/log-check.ts';
import { compareRebuild } from '../verify/rebuild.ts';

/** `epochlog verify`: is the log whole, and are the projections what the log says? */
export function register(program: Command): void {
  const verify = program
    .command('verify')
    .description('check the log, rebuild every projection from it, and compare');
  action<object>(verify, async (_, { config, output }) => {
    await withSession(config, async (session) => {
      output.progress('rebuilding the projections');
      const { at, tables } = await compareRebuild(session);
      output.progress('reading the log');
      const dense = !config.log; // Kafka spends offsets on the marks of transactions
      const letters = await session.deadLetters.list({ all: true });
      const log = await checkLog({ ...session, upTo: at, dense, letters });
      const verified = log.faults === 0 && tables.every(({ equal }) => equal);
      output.result({ verified, log, tables });
      const offsets = dense ? 'contiguous' : 'growing';
      output.line(`${log.events} events${discarded(log)}: offsets ${offsets}, ${log.faults} faults`);
      for (const finding of log.findings) output.line(`  ${finding}`);
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
      output.line(verified ? 'verified: every projection is what the log says' : 'NOT verified');
      if (!verified) process.exitCode = EXIT.unverified.code;
    });
  });
}

const discarded = ({ discarded }: LogReport): string =>
  discarded === 0 ? '' : `, ${discarded} of them discarded`;
