import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seededRandom } from '../../ml/random.ts';
import type { EventType } from '../../schemas/catalogue.ts';
import { receiver, status } from '../../services/notifier/fixtures.ts';
import { appended } from '../harness/appended.ts';
import { answer, writeCorpus } from '../harness/command.ts';
import { temporaryFolder } from '../harness/folder.ts';
import { canonicalSimulation, differencesOf } from '../harness/year/canonical.ts';
import { simulate, simulateKilled } from '../harness/year/run.ts';
import { simulationOf } from '../harness/year/simulation.ts';

const PAPERS = 1_200;
const TIMEOUT_MS = 600_000;
/** events after which it is killed, each when the next one of the type is in the log */
const KILLED_AFTER: readonly EventType[] = [
  'RecordIngested',
  'EpochCompleted',
  'TrafficShifted',
  'MeasurementRequested',
  'NotificationPlanned',
];
const HAPPENED: readonly EventType[] = [
  'CollectionCompleted',
  'TrainingPlanConcluded',
  'StagePassed',
  'DeploymentCompleted',
  'VersionPromoted',
  'DriftCheckRequested',
  'NotificationSent',
  'OutcomeReported',
];

test(
  'two weeks of collections, trainings, canaries, drift checks and notifications, driven by schedules, are the same events when they are killed at five moments',
  async () => {
    await using folder = await temporaryFolder('year');
    await using to = await receiver(status(204));
    const records = join(folder.path, 'papers.jsonl');
    await writeCorpus(records, PAPERS);
    const simulation = await simulationOf(folder.path, {
      ...{ records, from: '2025-03-03', weeks: 2, training: '0 6 * * 1', stages: [50], minimumSamples: 3 },
      ...{ webhook: to.url, policy: 'promotion: { standardErrors: null }' },
    });
    const whole = join(folder.path, 'whole');
    await simulate(whole, simulation);
    const expected = await canonicalSimulation(whole);
    const types = new Set<string>(expected.map(({ type }) => type));
    expect(HAPPENED.filter((type) => !types.has(type))).toEqual([]);

    const before = to.received.length;
    const killed = join(folder.path, 'killed');
    const random = seededRandom(11);
    const moments = KILLED_AFTER.map((type) => async () => {
      await appended(killed, type);
      await sleep(random() * 50);
    });
    expect(await simulateKilled(killed, simulation, moments, random)).toBe(KILLED_AFTER.length);
    expect(differencesOf(expected, await canonicalSimulation(killed))).toEqual([]);
    expect(await answer(killed, ['verify'])).toMatchObject({ verified: true, log: { faults: 0 } });

    const sent = expected.filter(({ type }) => type === 'NotificationSent');
    const delivered = to.received.slice(before).map(({ headers }) => headers['webhook-id']);
    expect(new Set(delivered).size).toBe(sent.length);
    expect(delivered.length).toBeLessThanOrEqual(sent.length + KILLED_AFTER.length); // a kill may repeat one
  },
  TIMEOUT_MS,
);
