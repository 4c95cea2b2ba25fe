import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../../infra/config/schema.ts';
import { openExistingHome } from '../../infra/home.ts';
import { checkInChild } from '../../infra/log/embedded/check.ts';
import { action } from '../action.ts';
import { EXIT } from '../exit.ts';
import { type Output, table } from '../output.ts';
import { type Session, withSession } from '../session.ts';
import { type ArtifactReport, isArtifactCode, NamedArtifacts } from '../verify/artifacts.ts';
import { checkLog, type LogReport } from '../verify/log-check.ts';
import { compareRebuild, type TableComparison } from '../verify/rebuild.ts';

/** What `verify` found. */
interface Verification {
  verified: boolean;
  log: LogReport;
  artifacts: ArtifactReport;
  tables: TableComparison[];
}

/** `epochlog verify`: is the log whole, are its artifacts there, and are the projections what the log says? */
export function register(program: Command): void {
  const verify = program
    .command('verify')
    .description('check the log and the artifacts it names, rebuild every projection from it, and compare');
  action<object>(verify, async (_, { config, output }) => {
    if (!config.log) await checkPages(config, output); // first: the services read the log when they start
    await withSession(config, async (session) => {
      const verification = await verifyAll(session, output);
      output.result(verification);
      print(verification, session, output);
      if (!verification.verified) process.exitCode = EXIT.unverified.code;
    });
  });
}

/** LOG_CORRUPT when the log of the home is damaged, also where LMDB crashes on it; NOT_FOUND when there is no home yet. */
async function checkPages({ home }: Config, output: Output): Promise<void> {
  const { paths } = await openExistingHome(home);
  if (!existsSync(join(paths.log, 'data.mdb'))) return;
  output.progress('reading the pages of the log');
  await checkInChild(paths.log);
}

async function verifyAll(session: Session, output: Output): Promise<Verification> {
  output.progress('rebuilding the projections');
  const { at, tables } = await compareRebuild(session);
  output.progress('reading the log');
  const letters = await session.deadLetters.list({ all: true });
  const named = new NamedArtifacts();
  for (const { code, eventId } of letters) if (isArtifactCode(code)) named.refused(eventId);
  const log = await checkLog({
    ...session,
    upTo: at,
    dense: isDense(session),
    letters,
    onEvent: (event) => named.note(event),
  });
  output.progress('reading the artifacts');
  const artifacts = await named.check(session.artifacts);
  const verified = log.faults + artifacts.faults === 0 && tables.every(({ equal }) => equal);
  return { verified, log, artifacts, tables };
}

/** Kafka spends offsets on the marks of transactions, the embedded log has one for each record. */
const isDense = ({ config }: Session): boolean => !config.log;

function print({ verified, log, artifacts, tables }: Verification, session: Session, output: Output): void {
  const offsets = `offsets ${isDense(session) ? 'contiguous' : 'growing'}, `;
  const discarded = log.discarded === 0 ? '' : `, ${log.discarded} of them discarded`;
  output.line(`${log.events} events${discarded}: ${log.faults === 0 ? offsets : ''}${log.faults} faults`);
  output.line(`${artifacts.artifacts} artifacts read: ${artifacts.faults} faults`);
  for (const finding of [...log.findings, ...artifacts.findings]) output.line(`  ${finding}`);
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
}
