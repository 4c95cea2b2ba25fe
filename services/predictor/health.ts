import { getBundle } from '../../kernel/bundle.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { ArtifactStore } from '../../kernel/ports/artifacts.ts';
import type { Predictor } from './predictor.ts';
import type { HealthAnswer } from './schemas.ts';
import type { ServedModel } from './served-model.ts';

type ModelHealth = HealthAnswer['models'][number];

/** Is what is served well? Reads the packages again, and lets every model predict. */
export async function health(
  predictor: Predictor,
  artifacts: ArtifactStore,
  thresholdMs: number,
): Promise<HealthAnswer> {
  const models = await Promise.all(
    predictor.models.map((model) => healthOf(model, predictor, artifacts, thresholdMs)),
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
  served: ServedModel,
  predictor: Predictor,
  artifacts: ArtifactStore,
  thresholdMs: number,
): Promise<ModelHealth> {
  const { model, version, package: digest, labels } = served;
  const packageValid = await attempt(async () => {
    const files = await getBundle(artifacts, digest);
    return `${files.size} files, every digest matches`;
  });
  let probeMs: number | null = null;
  const inferenceWorks = await attempt(async () => {
    probeMs = await predictor.probe(served);
    return 'a real run succeeded';
  });
  return {
    model,
    version,
    package: digest,
    checks: {
      modelLoaded: { ok: true, detail: `${labels.length} labels` },
      packageValid,
      inferenceWorks,
      latencyAcceptable: latency(probeMs, predictor.latencies.quantile(0.95) ?? null, thresholdMs),
    },
  };
}

async function attempt(check: () => Promise<string>): Promise<{ ok: boolean; detail: string }> {
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
