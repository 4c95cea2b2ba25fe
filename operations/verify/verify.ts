import { pathsOf } from '../../infra/home.ts';
import type { Session } from '../session.ts';
import { type ArtifactReport, isArtifactCode, NamedArtifacts } from './artifacts.ts';
import { checkLog, type LogReport } from './log-check.ts';
import { checkMeasurements, type MeasurementReport } from './measurements.ts';
import { compareRebuild, type TableComparison } from './rebuild.ts';

/** What `verify` found. */
export interface Verification {
  verified: boolean;
  log: LogReport;
  artifacts: ArtifactReport;
  measurements: MeasurementReport;
  tables: TableComparison[];
}

export interface VerifyOptions {
  /** whether the log gives every record the next offset: Kafka also spends offsets on transaction markers */
  dense: boolean;
  /** called with the step that begins */
  onStep(step: string): void;
}

/** Rebuilds every projection from the log and compares them; then checks every record, the artifacts they name, and the measurements. */
export async function verify(session: Session, { dense, onStep }: VerifyOptions): Promise<Verification> {
  onStep('rebuilding the projections');
  const { at, tables, kept } = await compareRebuild(session);
  onStep('reading the log');
  const letters = await session.deadLetters.list({ all: true });
  const named = new NamedArtifacts();
  for (const { code, eventId } of letters) if (isArtifactCode(code)) named.refused(eventId);
  const log = await checkLog({
    ...session,
    upTo: at,
    dense,
    letters,
    scratch: pathsOf(session.config.home).run,
    onEvent: (event) => named.note(event),
  });
  onStep('reading the artifacts');
  const artifacts = await named.check(session.artifacts);
  onStep('measuring again');
  const keptSince = kept.length === 0 ? undefined : Math.max(...kept.map(({ since }) => since));
  const measurements = await checkMeasurements(session, at, keptSince);
  const faults = log.faults + artifacts.faults + measurements.faults;
  const verified = faults === 0 && tables.every(({ equal }) => equal);
  return { verified, log, artifacts, measurements, tables };
}
