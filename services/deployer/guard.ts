import { percent } from '../../ml/metrics/format.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { GUARD, PRODUCTION, targetOf } from '../../schemas/deployments/running.ts';
import type { MeasurementCompleted, ServingDegraded } from '../../schemas/events.generated.ts';
import type { PolicyInForce } from '../../schemas/models/policy.ts';
import { inProduction, rollbackTarget } from '../../schemas/models/production.ts';
import type { Deployable } from './state.ts';
import { guardMeasurementOf, isNews } from './state.ts';

/** A row of `deployments/guard`. */
interface Row {
  predictions: number;
  failures: number;
  timed: number;
  p95Ms: number | null;
}

/** Asks for the numbers behind what a predictor saw: those of all predictors, as the log has them. */
export function onDegraded(model: Deployable, degraded: ServingDegraded): NewEvent[] {
  if (!isNews(model, degraded)) return [];
  const { servingId, version, since } = degraded;
  return [
    newEvent('MeasurementRequested', {
      measurementId: guardMeasurementOf(servingId),
      model: degraded.model,
      query: 'deployments/guard',
      streams: ['predictions'],
      parameters: { model: degraded.model, version, since: String(since) },
      requestedBy: GUARD,
    }),
  ];
}

/**
 * Rolls production back when the numbers are out of the bounds of the policy. A version that the guard itself brought back
 * is not replaced in turn: where two versions are bad, the version is hardly the cause.
 */
export function onGuardMeasured(
  { decisions, guard, policy }: Deployable,
  { measurementId, model, rows }: MeasurementCompleted,
): NewEvent[] {
  const production = inProduction(decisions);
  if (!production || guard.measuring !== measurementId) return [];
  const { version } = production;
  const [row]: Row[] = JSON.parse(rows);
  const fault = row && faultOf(row, policy.guard);
  if (!fault) return [];
  const last = decisions.at(-1);
  const isRestored = last?.type === 'VersionRolledBack' && last.decidedBy === GUARD;
  const previous = isRestored ? null : (rollbackTarget(decisions)?.version ?? null);
  const code = isRestored ? 'RESTORED_BEFORE' : previous === null ? 'NO_VERSION_BEFORE' : 'ROLLED_BACK';
  const reason = `${fault}; ${consequenceOf(code, version, previous)}`;
  const tripped = newEvent('GuardTripped', {
    target: targetOf(model, PRODUCTION),
    model,
    environment: PRODUCTION,
    version,
    previous,
    measurementId,
    predictions: row.predictions,
    failures: row.failures,
    errorRate: row.failures / row.predictions,
    p95Ms: row.p95Ms,
    code,
    reason,
    policyVersion: policy.version,
  });
  if (code !== 'ROLLED_BACK') return [tripped];
  const request = { model, from: version, to: null, reason: `${version}: ${fault}`, requestedBy: GUARD };
  return [tripped, newEvent('RollbackRequested', request)];
}

/** What is out of bounds, with the numbers; undefined when nothing is. */
function faultOf(
  { predictions, failures, timed, p95Ms }: Row,
  { errorRate, p95Ms: limit, minimumSamples }: PolicyInForce['guard'],
): string | undefined {
  const faults: string[] = [];
  if (errorRate !== null && predictions >= minimumSamples && failures > errorRate * predictions) {
    const rate = percent(failures / predictions, 1);
    faults.push(`${failures} of ${predictions} predictions failed, ${rate} (limit ${percent(errorRate, 1)})`);
  }
  if (limit !== null && timed >= minimumSamples && p95Ms !== null && p95Ms > limit) {
    faults.push(`the p95 latency of ${timed} predictions is ${p95Ms.toFixed(0)} ms (limit ${limit} ms)`);
  }
  return faults.length > 0 ? faults.join('; ') : undefined;
}

function consequenceOf(code: string, version: string, previous: string | null): string {
  if (code === 'ROLLED_BACK') return `${previous} comes back`;
  if (code === 'NO_VERSION_BEFORE')
    return `no version was in production before ${version}, so it goes on answering`;
  return `${version} was brought back by the guard, and is no better: it goes on answering, and the version is hardly the cause`;
}
