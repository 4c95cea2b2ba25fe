import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EpochlogError } from '../../kernel/errors.ts';
import { VirtualClock } from '../../kernel/testing/virtual-clock.ts';
import { newEvent, reactorService } from '../../schemas/catalogue.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { factOf } from '../../test/harness/facts.ts';
import { crashing } from '../../test/harness/faults.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type ServicesUnderTest, startServices } from '../../test/harness/services.ts';
import { mailServer, raised, receiver, SECRET, status } from './fixtures.ts';
import { service } from './service.ts';

const HOUR_MS = 3_600_000;
/** virtual time passes fast while something real is awaited */
const PATIENT = { EPOCHLOG_NOTIFIER_MAX_AGE_HOURS: '1000000' };

/** A folder with a file of channels, and the setting that names it. */
async function channelsOf(channels: readonly object[], environment: Record<string, string> = PATIENT) {
  const folder = await temporaryFolder('notifier');
  await writeFile(join(folder.path, 'channels.yaml'), JSON.stringify({ channels }));
  const EPOCHLOG_NOTIFIER_CHANNELS = join(folder.path, 'channels.yaml');
  return {
    environment: { EPOCHLOG_NOTIFIER_CHANNELS, ...environment },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const webhook = (name: string, url: string) => ({
  name,
  kind: 'webhook',
  url,
  secret: SECRET,
  private: true,
});

/** Alerts as the monitor raises them, so many hours ago; their ids. */
async function alerts({ log, codec }: ServicesUnderTest, count: number, age = 0): Promise<string[]> {
  const facts = Array.from({ length: count }, (_, i) => ({
    ...factOf(raised(i + 1), i + 1),
    time: Date.now() - age * HOUR_MS,
  }));
  await log.append(facts.map(codec.encode));
  return facts.map(({ id }) => id);
}

test('each event is sent once to each channel, of all four kinds, through ten crashes', async () => {
  await using slack = await receiver(status(200));
  await using teams = await receiver(status(202));
  await using program = await receiver(status(204));
  await using mail = await mailServer();
  await using channels = await channelsOf([
    { name: 'slack', kind: 'slack', url: slack.url, private: true },
    { name: 'teams', kind: 'teams', url: teams.url, private: true },
    webhook('webhook', program.url),
    mail.channel('right'),
  ]);
  const crash = crashing(10, { share: 0.2, seed: 7 });
  const faults = { beforeCommit: crash, afterCommit: crash };
  const clock = new VirtualClock();
  await using services = await startServices([service], { ...channels, clock, faults, restarts: 100 });
  const events = await alerts(services, 5);
  const sent = await eventually(async () => {
    const found = await services.all('NotificationSent');
    return found.length >= 20 && crash.crashes === 10 ? found : undefined;
  });
  await services.host.settled();
  const names = ['slack', 'teams', 'webhook', 'mail'];
  const expected = events.flatMap((id) => names.map((name) => `${id}/${name}`)).sort();
  expect(sent.map(({ data }) => data.notificationId).sort()).toEqual(expected);
  expect(await services.all('NotificationSent')).toHaveLength(20);
  expect(await services.all('NotificationFailed')).toEqual([]);
  const ids = program.received.map(({ headers }) => headers['webhook-id']);
  const messageIds = mail.mails.map((text) => /^Message-ID: (.*)\r$/m.exec(text)?.[1]);
  for (const all of [ids, messageIds]) expect(new Set(all).size).toBe(5);
  for (const { received } of [slack, teams]) expect(received.length).toBeGreaterThanOrEqual(5);
  const repeated = [slack, teams, program].map(({ received }) => received.length).concat(mail.mails.length);
  expect(Math.max(...repeated)).toBeLessThanOrEqual(5 + crash.crashes); // one more for each crash, at most
});

test('a receiver of any kind that is down for an hour gets everything afterwards, and each attempt is an event', async () => {
  const clock = new VirtualClock();
  const back = clock.now() + HOUR_MS;
  const isDown = () => clock.now() < back;
  await using to = await receiver((response) => status(isDown() ? 503 : 200)(response));
  await using mail = await mailServer(() => (isDown() ? 421 : undefined));
  await using channels = await channelsOf([
    { name: 'slack', kind: 'slack', url: to.url, private: true },
    { name: 'teams', kind: 'teams', url: to.url, private: true },
    webhook('webhook', to.url),
    mail.channel('right'),
  ]);
  await using services = await startServices([service], { ...channels, clock });
  const events = await alerts(services, 2);
  await eventually(async () => (await services.all('NotificationSent')).length === 8 || undefined);
  const [failed, sent] = [
    await services.all('NotificationAttemptFailed'),
    await services.all('NotificationSent'),
  ];
  const expected = events.flatMap((id) =>
    ['slack', 'teams', 'webhook', 'mail'].map((name) => `${id}/${name}`),
  );
  for (const id of expected) {
    const attempts = [...failed, ...sent].filter(({ data }) => data.notificationId === id);
    expect(attempts.length).toBeGreaterThan(2);
    expect(attempts.map(({ data }) => data.attempt)).toEqual(attempts.map((_, i) => i + 1));
  }
  expect(sent.map(({ data }) => data.notificationId).sort()).toEqual(expected.toSorted());
  expect(await services.all('NotificationFailed')).toEqual([]);
});

/** A service that can process no request for a test of a channel. */
const unable = reactorService({
  name: 'unable',
  reactsTo: ['NotificationTestRequested'],
  start: () => ({
    on: {
      NotificationTestRequested() {
        throw new EpochlogError('INPUT_INVALID', 'no such thing');
      },
    },
  }),
});

test('of dead letters each channel is told once for a service and an hour, through crashes and a restart', async () => {
  await using to = await receiver(status(204));
  const both = [webhook('team', to.url), webhook('others', to.url)];
  await using channels = await channelsOf([...both, { ...webhook('none', to.url), events: ['AlertRaised'] }]);
  await using folder = await temporaryFolder('home');
  const crash = crashing(4, { share: 0.3, seed: 3 });
  const faults = { beforeCommit: crash, afterCommit: crash };
  const clock = new VirtualClock(Date.now() + HOUR_MS); // ahead of the times of the log
  const options = { ...channels, home: folder.path, clock, restarts: 100 };
  const about = { notificationId: 'test-1/none', channel: 'none', requestedBy: 'ada' };
  const fail = async (services: ServicesUnderTest) => {
    await services.publish(newEvent('NotificationTestRequested', about));
    await services.host.settled();
  };
  {
    await using services = await startServices([service, unable], { ...options, faults });
    for (let i = 0; i < 4; i += 1) await fail(services);
    expect(crash.crashes).toBe(4);
  }
  await using services = await startServices([service, unable], options);
  await fail(services);
  const letters = await services.deadLetters.list();
  expect(letters.map(({ service }) => service)).toEqual(letters.map(() => 'unable'));
  expect(letters).toHaveLength(5);
  const hours = new Set(letters.map(({ time }) => new Date(time).toISOString().slice(0, 13)));
  const planned = (await services.all('NotificationPlanned')).filter(
    ({ data }) => data.eventType === 'DeadLetters',
  );
  const expected = [...hours].flatMap((hour) =>
    ['team', 'others'].map((channel) => `dead-letters/unable/${channel}/${hour}`),
  );
  expect(planned.map(({ data }) => data.notificationId).sort()).toEqual(expected.sort());
  expect(planned[0]?.data).toMatchObject({
    severity: 'warning',
    title: '1 open dead letter of unable',
    text: 'notifications/0@0: unable could not process NotificationTestRequested of test-1/none (INPUT_INVALID): no such thing',
  });
  const sent = (await services.all('NotificationSent')).map(({ data }) => data.notificationId);
  expect(sent.filter((id) => id.startsWith('dead-letters/')).sort()).toEqual(expected);
});

test('what is never taken is given up; of old events nobody is told; a test of a channel says what happened', async () => {
  const clock = new VirtualClock(Date.now(), 0);
  await using to = await receiver(status(404));
  await using channels = await channelsOf([webhook('team', to.url)], {});
  await using services = await startServices([service], { ...channels, clock });
  await alerts(services, 1, 30);
  const about = (channel: string) => ({ notificationId: `test-1/${channel}`, channel, requestedBy: 'ada' });
  await services.publish(
    newEvent('NotificationTestRequested', about('team')),
    newEvent('NotificationTestRequested', about('taem')),
  );
  await eventually(async () => (await services.all('NotificationFailed')).length === 2 || undefined);
  expect(to.received).toHaveLength(1);
  expect(
    (await services.all('NotificationFailed')).map(({ data }) => [data.channel, data.attempt, data.code]),
  ).toEqual(
    expect.arrayContaining([
      ['team', 1, 'HTTP_404'],
      ['taem', 0, 'NOT_FOUND'],
    ]),
  );
});
