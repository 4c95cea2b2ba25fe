import { expect, test } from 'vitest';
import { appendFact } from '../../test/harness/facts.ts';
import { policyChanged } from '../../test/harness/policies.ts';
import { startServices } from '../../test/harness/services.ts';
import { evaluated, MODEL, ofLength, promoted, right, sealed, times } from './fixtures.ts';
import { service } from './service.ts';

const policy = policyChanged(MODEL, 'drift: { window: 40 }\nquality: { window: 50 }');

test('a restarted monitor continues its windows and keeps its alerts open', async () => {
  const drifting = (index: number) => ofLength(index, 200);
  await using store = await startServices([]);
  await store.publish(policy);
  for (const fact of [sealed, evaluated, promoted('v1.0.0'), ...times(60, drifting)]) {
    await appendFact(store, fact);
  }
  await store.publish(...times(30, right));
  for (const from of [60, 75, 90]) {
    await using services = await startServices([service], { home: store.home });
    for (const fact of times(15, drifting, from)) await appendFact(services, fact);
    await services.publish(...times(15, right, from - 30));
  }

  const facts = await store.all('DriftMeasured', 'QualityMeasured', 'AlertRaised', 'AlertResolved');
  const inOrder = facts.map(({ type, data, subject, sequence }) => [
    type,
    subject,
    sequence,
    'window' in data ? data.window : data.alertId,
  ]);
  expect(inOrder).toEqual([
    ['DriftMeasured', 'topics/drift', 1, 1],
    ['AlertRaised', 'topics/drift', 2, 'topics/drift/1'],
    ['DriftMeasured', 'topics/drift', 3, 2],
    ['QualityMeasured', 'topics/quality', 1, 1],
  ]);
});
