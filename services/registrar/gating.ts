import { evaluateGates, type Verdict } from '../../ml/gates/gates.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import type { GatesRequested } from '../../schemas/events.generated.ts';
import { gatesOf, guardOf } from '../../schemas/models/policy.ts';
import { inProduction } from '../../schemas/models/production.ts';
import { evidenceFor, type ModelVersions, unknownVersion } from './versions.ts';

/** What is told of the gates of an environment; nothing where the policy has none. */
export function gatesTold(
  model: ModelVersions,
  about: { model: string; version: string; target: string; requestedBy: string },
  verdict: Verdict,
  evidence = evidenceFor(model, about.version),
): NewEvent[] {
  if (gatesOf(model.policy.promotion, about.target).length === 0) return [];
  return [gatesEvaluated(model, about, verdict, evidence)];
}

const gatesEvaluated = (
  { policy }: ModelVersions,
  about: { model: string; version: string; target: string; requestedBy: string },
  { passed, checks }: Verdict,
  evidence: { evaluationId: string; baseline: { version: string } | null } | undefined,
): NewEvent =>
  newEvent('GatesEvaluated', {
    ...about,
    passed,
    evaluationId: evidence?.evaluationId ?? null,
    baseline: evidence?.baseline?.version ?? null,
    checks,
    policyVersion: policy.version,
  });

/** Evaluates the gates of a version, on request; NOT_FOUND for a version that there is not. */
export function onGatesRequested(model: ModelVersions, request: GatesRequested): NewEvent[] {
  const { model: name, version, target, requestedBy } = request;
  const about = { model: name, version, target, requestedBy };
  if (!model.registered.has(version)) {
    const reason = unknownVersion(model, version);
    return [
      newEvent('GatesRefused', { ...about, code: 'NOT_FOUND', reason, policyVersion: model.policy.version }),
    ];
  }
  const evidence = evidenceFor(model, version);
  const production = inProduction(model.decisions)?.version;
  const rival = production === version ? undefined : production;
  const verdict = evaluateGates(evidence, guardOf(model.policy.promotion, target), rival);
  return [gatesEvaluated(model, about, verdict, evidence)];
}
