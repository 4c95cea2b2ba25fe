import { putBundle } from '../../kernel/bundle.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { badPackages } from './bad-packages.ts';
import { appendFact } from './facts.ts';
import { policyChanged } from './policies.ts';
import { startServices } from './services.ts';
import { toyPackage } from './toy-package.ts';

const MODEL = 'toy';
const MAX_TERMS = 80;

/**
 * A home of the model `toy` with v1.0.0 in production, a better version v1.1.0 registered, and bad ones: v1.2.0 fails on texts of
 * many words, v1.3.0 is slow, v1.4.0 has skewed labels, v1.5.0 is mistaken.
 */
export async function fillWithVersions(home: string, policy: string): Promise<void> {
  await using services = await startServices([], { home });
  const [first, second] = [await toyPackage(1), await toyPackage(2)];
  const packages = {
    'v1.0.0': first,
    'v1.1.0': second,
    'v1.2.0': await badPackages.failing(second, MAX_TERMS),
    'v1.3.0': await badPackages.slow(second, 2),
    'v1.4.0': await badPackages.skewed(second, 2),
    'v1.5.0': await badPackages.mistaken(second),
  };
  const measured = { modelHash: 'h', metrics: { accuracy: 0.9 }, primaryMetric: 'accuracy' };
  let sequence = 1;
  for (const [version, files] of Object.entries(packages)) {
    const digest = await putBundle(services.artifacts, files);
    const origin = {
      package: digest,
      runId: version,
      datasetId: 'd',
      evaluationId: version,
      policyVersion: 0,
    };
    const registered = { model: MODEL, version, ...origin, ...measured };
    await appendFact(services, newEvent('VersionRegistered', registered), sequence++);
    if (version !== 'v1.0.0') continue;
    const promotion = {
      model: MODEL,
      version,
      previous: null,
      ...origin,
      reason: 'first',
      requestedBy: 'test',
    };
    await appendFact(services, newEvent('VersionPromoted', promotion), sequence++);
  }
  await services.publisher.publish([policyChanged(MODEL, policy)]);
}
