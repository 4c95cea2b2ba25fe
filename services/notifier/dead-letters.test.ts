import { describe, expect, test } from 'vitest';
import type { DeadLetterRecord } from '../../kernel/dead-letters/dead-letter.ts';
import type { NotificationPlanned } from '../../schemas/events.generated.ts';
import type { Channel } from './channels.ts';
import { deadLetterTold, keepHour, type ToldHours } from './dead-letters.ts';

const channel = (given: object): Channel =>
  ({ name: 'team', kind: 'slack', url: 'https://hooks.example.org/T0', ...given }) as Channel;

describe('of a dead letter', () => {
  const TIME = Date.UTC(2026, 2, 1, 9, 30);
  const letter = (given: Partial<DeadLetterRecord> = {}): DeadLetterRecord => ({
    ...{ id: 'runs/0@12', topic: 'epochlog.runs.dlq', partition: 0, offset: 12, time: TIME },
    ...{ service: 'trainer', step: 'react', code: 'INPUT_INVALID', message: 'no such engine', attempt: 1 },
    ...{ eventId: 'event-1', type: 'TrainingRequested', subject: 'r1', original: null },
    ...given,
  });
  const NOW = TIME + 7_200_000;
  let asked = 0;
  const publicUrl = 'https://us.example.org';
  /** One dead letter after the other, with so many open ones of their service; who is told of each. */
  async function toldOf(letters: readonly DeadLetterRecord[], open = 1, given: object = {}) {
    const hours: ToldHours = new Map();
    const sent: NotificationPlanned[][] = [];
    for (const one of letters) {
      const channels = { channels: [channel(given)], publicUrl };
      const openOf = async () => {
        asked += 1;
        return open;
      };
      const events = await deadLetterTold(one, { hours, channels, now: NOW, openOf });
      const planned = events.map(({ data }) => data as NotificationPlanned);
      for (const data of planned) keepHour(hours, data);
      sent.push(planned);
    }
    return sent;
  }

  test('a channel is told what failed, how many are open, and where to look', async () =>
    expect(await toldOf([letter({ attempt: 2 })], 3)).toEqual([
      [
        {
          notificationId: 'dead-letters/trainer/team/2026-03-01T09',
          channel: 'team',
          kind: 'slack',
          eventId: 'event-1',
          eventType: 'DeadLetters',
          model: null,
          severity: 'warning',
          title: '3 open dead letters of trainer',
          text: 'runs/0@12: trainer could not process TrainingRequested of r1 again (attempt 2) (INPUT_INVALID): no such engine',
          link: 'https://us.example.org/console/operations',
        },
      ],
    ]));

  test('a channel is told once for a service and an hour', async () => {
    const letters = [
      letter(),
      letter({ id: 'runs/0@13', time: TIME + 60_000 }),
      letter({ service: 'tuner' }),
      letter({ time: TIME + 3_600_000 }),
      letter({ time: TIME }),
    ];
    expect((await toldOf(letters)).map(({ length }) => length)).toEqual([1, 0, 1, 1, 0]);
  });

  test('a time to come that a client made up does not silence later ones', async () => {
    const [[sent] = []] = await toldOf([letter({ time: 9e15 })]);
    expect(sent).toMatchObject({ notificationId: 'dead-letters/trainer/team/2026-03-01T11' });
  });

  test('the queue is read once for many, and not where no channel wants them', async () => {
    const many = Array.from({ length: 100 }, (_, offset) => letter({ id: `runs/0@${offset}`, offset }));
    asked = 0;
    await toldOf(many);
    expect(asked).toBe(1);
    await toldOf(many, 1, { events: ['AlertRaised'] });
    expect(asked).toBe(1);
  });

  test('nobody is told that wants other events, models or severities, nor of one that is closed', async () => {
    for (const given of [{ events: ['AlertRaised'] }, { models: ['topics'] }, { severities: ['critical'] }])
      expect(await toldOf([letter()], 1, given)).toEqual([[]]);
    expect(await toldOf([letter()], 0)).toEqual([[]]);
    expect(await toldOf([letter()], 1, { events: ['DeadLetters'], kinds: ['drift'] })).toHaveLength(1);
  });

  test('headers that a client made up make no id, and no long message', async () => {
    const [[sent] = []] = await toldOf([
      letter({ service: 'x'.repeat(4_000), message: 'y'.repeat(9_000), eventId: '', type: '', subject: '' }),
    ]);
    expect(sent).toMatchObject({
      notificationId: 'dead-letters/unknown/team/2026-03-01T09',
      eventId: 'runs/0@12',
      text: expect.stringMatching(
        /^runs\/0@12: unknown could not process a record \(INPUT_INVALID\): y{1000}$/,
      ),
    });
  });
});
