import { getBundle } from '../../kernel/bundle.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { LearningProblem } from '../../ml/problem.ts';
import type { Deployed } from './deployment.ts';
import type { Predictor } from './predictor.ts';
import type { HealthAnswer } from './schemas.ts';

/** Requests that make a quantile of their latencies: one that was slow is no sign. */
const LEAST_REQUESTS = 20;

type ModelHealth = HealthAnswer['models'][number];
type Check = ModelHealth['checks']['modelLoaded'];

/** Is what is in production served well? Reads the packages again, and lets every model predict. */
export async function health(
  predictor: Predictor,
  artifacts: ArtifactStore,
  thresholdMs: number,
): Promise<HealthAnswer> {
  const deployed = [...predictor.deployment.deployed().values()];
  const models = await Promise.all(
    deployed.map((model) => healthOf(model, predictor, artifacts, thresholdMs)),
  );
  if (models.length === 0) {
    return {
      status: 'failing',
      models,
      advice: 'no model is in production: train one, see `epochlog train`',
    };
  }
  const ok = models.every(({ checks }) => Object.values(checks).every((check) => check.ok));
  return { status: ok ? 'ok' : 'failing', models };
}

async function healthOf(
  { production, served, failure }: Deployed,
  predictor: Predictor,
  artifacts: ArtifactStore,
  thresholdMs: number,
): Promise<ModelHealth> {
  const { model, version, package: digest } = production;
  const packageValid = await attempt(async () => {
    const files = await getBundle(artifacts, digest);
    return `${files.size} files, every digest matches`;
  });
  let probeMs: number | null = null;
  const inferenceWorks = await attempt(async () => {
    if (!served) throw failure ?? new Error(`${version} is being loaded`);
    probeMs = await predictor.probe(served);
    return 'a real run succeeded';
  });
  const p95Ms = predictor.latencies.quantile(0.95, performance.now(), LEAST_REQUESTS) ?? null;
  return {
    model,
    version: served?.version ?? null,
    decidedVersion: version,
    package: digest,
    checks: {
      modelLoaded: served
        ? { ok: true, detail: answersOf(served.task) }
        : { ok: false, detail: 'no version answers' },
      decidedVersionServed: isServed({ production, served, failure }),
      packageValid,
      inferenceWorks,
      latencyAcceptable: latency(probeMs, p95Ms, thresholdMs),
    },
  };
}

const answersOf = (task: LearningProblem): string =>
  task.type === 'regression' ? `numbers (${task.unit ?? 'no unit'})` : `${task.labels.length} labels`;

function isServed({ production: { version }, served, failure }: Deployed): Check {
  if (served?.version === version) return { ok: true, detail: `${version} answers` };
  const instead = served ? `${served.version} answers instead` : 'nothing answers';
  return {
    ok: false,
    detail: `${version} is in production, ${instead}: ${failure?.message ?? 'it is being loaded'}`,
  };
}

async function attempt(check: () => Promise<string>): Promise<Check> {
  try {
    return { ok: true, detail: await check() };
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}

function latency(probeMs: number | null, p95Ms: number | null, thresholdMs: number) {
  const slowest = Math.max(probeMs ?? Number.POSITIVE_INFINITY, p95Ms ?? 0);
  const ok = slowest <= thresholdMs;
  return { ok, detail: `${ok ? 'within' : 'above'} ${thresholdMs} ms`, probeMs, p95Ms, thresholdMs };
}
