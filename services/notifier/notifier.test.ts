import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PLAIN_RESOLUTION } from '../../schemas/alerts/plain.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { recorded } from '../../schemas/testing.ts';
import { temporaryFolder } from '../../test/harness/folder.ts';
import { type Channel, readChannels } from './channels.ts';
import { planned as plannedMessage, raised, SECRET } from './fixtures.ts';
import { planned } from './plan.ts';
import { slackBody } from './slack.ts';
import { teamsBody } from './teams.ts';
import { webhookHeaders } from './webhook.ts';

const URL = 'https://hooks.example.org/T0/B0/secret-path';
const channel = (given: object = {}): Channel =>
  ({ name: 'team', kind: 'slack', url: URL, ...given }) as Channel;
const told = (given: object, event = raised()) =>
  planned(recorded(event, 0, 1_000), { channels: [channel(given)], publicUrl: 'https://us.example.org' }, 0);

describe('who is told', () => {
  test('is every channel, with a link', () =>
    expect(told({})).toMatchObject([
      {
        type: 'NotificationPlanned',
        data: {
          channel: 'team',
          severity: 'warning',
          title: 'alert: drift of topics v1.0.0',
          link: 'https://us.example.org/console/drift?model=topics',
        },
      },
    ]));

  test.each([
    [{ events: ['AlertRaised'] }, 1],
    [{ events: ['AlertResolved'] }, 0],
    [{ models: ['topics'] }, 1],
    [{ models: ['others'] }, 0],
    [{ severities: ['critical'] }, 0],
  ])('by %j', (given, count) => expect(told(given)).toHaveLength(count));

  test('of an alert about which somebody must do something, as critical', () =>
    expect(told({ severities: ['critical'] }, raised(1, { cause: 'guard' }))).toHaveLength(1));

  test('is nobody, of an alert in a silence, and who wants its kind', () => {
    const silenced = raised(1, { silenceId: 'topics/drift/silence/1' });
    expect(told({}, silenced)).toEqual([]);
    expect(told({ kinds: ['drift', 'errorRate'] })).toHaveLength(1);
    expect(told({ kinds: ['errorRate'] })).toEqual([]);
    expect(told({ severities: ['critical'] }, raised(1, { severity: 'critical' }))).toHaveLength(1);
  });

  test('is each channel once, of a review that is overdue, however often the event comes', () => {
    const overdue = newEvent('ReviewOverdue', {
      ...{ model: 'topics', version: 'v1.1.0', reviewId: 'r2-review', missing: 'an approval' },
      ...{ dueAt: 1_000, policyVersion: 1 },
    });
    const plan = () =>
      planned(recorded(overdue, 7, 1_000), { channels: [channel({})], publicUrl: undefined }, 1_000);
    expect(plan()).toMatchObject([
      { type: 'NotificationPlanned', data: { title: 'the review of topics v1.1.0 is overdue' } },
    ]);
    expect(plan()).toEqual(plan()); // the id of the notification follows from the event
  });

  test('is nobody, of an event that is too old', () =>
    expect(
      planned(recorded(raised(), 0, 1_000), { channels: [channel()], publicUrl: undefined }, 1_001),
    ).toEqual([]));

  test('holds no address', () => expect(JSON.stringify(told({}))).not.toContain('secret-path'));
});

test.each([
  [
    { AlertRaised: { title: '[{severity}] {title}' } },
    '[warning] alert: drift of topics v1.0.0',
    'textLength: PSI 0.4',
  ],
  [
    { default: { text: '{{{model}}} {event} {channel}: {text} {link}' } },
    'alert: drift of topics v1.0.0',
    '{topics} AlertRaised team: textLength: PSI 0.4 https://us.example.org/console/drift?model=topics',
  ],
  [{ AlertResolved: { title: 'other' } }, 'alert: drift of topics v1.0.0', 'textLength: PSI 0.4'],
])('by the templates %j a channel has words of its own', (templates, title, text) =>
  expect(told({ templates })).toMatchObject([{ data: { title, text } }]),
);

test('every message is of an event, and says what it is about', () => {
  const resolved = newEvent('AlertResolved', {
    monitorId: 'topics/drift',
    alertId: 'topics/drift/1',
    model: 'topics',
    reason: 'within bounds',
    ...PLAIN_RESOLUTION,
    policyVersion: 0,
  });
  const told = planned(recorded(resolved), { channels: [channel()], publicUrl: undefined }, 0);
  expect(told).toMatchObject([{ data: { title: 'resolved: topics/drift/1', link: null, severity: 'info' } }]);
});

describe('a message', () => {
  test('to Slack is in Block Kit, within its limits, and what others wrote is no markup', () => {
    const body = slackBody(
      plannedMessage({ title: `<!channel> ${'x'.repeat(200)}`, text: 'y'.repeat(5_000) }),
    );
    expect(body).toMatchObject({
      text: expect.stringMatching(/^&lt;!channel&gt; x+$/),
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: expect.stringMatching(/^.{150}$/) } },
        { type: 'section', text: { type: 'plain_text', text: expect.stringMatching(/^y{3000}$/) } },
        { type: 'context' },
        { type: 'actions', elements: [{ type: 'button', url: plannedMessage().link }] },
      ],
    });
    expect(slackBody(plannedMessage({ link: null, text: '' }))).toMatchObject({
      blocks: [{}, { text: { text: '-' } }, {}],
    });
  });

  test('to Teams is an Adaptive Card, in which what others wrote is no link', () =>
    expect(teamsBody(plannedMessage({ text: '[click](https://evil.example)' }))).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            body: [{ type: 'TextBlock' }, { text: '\\[click\\](https://evil.example)' }, {}],
            actions: [{ type: 'Action.OpenUrl', url: plannedMessage().link }],
          },
        },
      ],
    }));

  test('to a webhook is signed as Standard Webhooks says', () =>
    // the vector of its reference libraries
    expect(
      webhookHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, '{"test": 2432232314}', SECRET),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }));
});

describe('the file of channels', () => {
  test('is read', async () => {
    await using folder = await temporaryFolder('channels');
    const file = `publicUrl: https://us.example.org/\nchannels: [{ name: team, kind: slack, url: '${URL}' }]`;
    await writeFile(join(folder.path, 'channels.yaml'), file);
    expect(readChannels(join(folder.path, 'channels.yaml'))).toEqual({
      publicUrl: 'https://us.example.org',
      channels: [{ name: 'team', kind: 'slack', url: URL, private: false }],
    });
    expect(readChannels(undefined).channels).toEqual([]);
  });

  test.each([
    [
      `channels: [{ name: team, kind: slack, url: 'ftp://secret-path' }]`,
      /channels\.0\.url: must be an http/,
    ],
    [
      `channels: [{ name: team, kind: webhook, url: '${URL}', secret: secret-path }]`,
      /channels\.0\.secret: must be whsec_/,
    ],
    [
      `channels: [{ name: team, kind: webhook, url: '${URL}', secret: 1234567 }]`,
      /secret: must be a text, such/,
    ],
    [
      `channels: [{ name: team, kind: secret-path, url: '${URL}' }]`,
      /channels\.0\.kind: must be one of "slack", "teams", "webhook", "email"/,
    ],
    [
      `channels: [{ name: a, kind: slack, url: '${URL}' }, { name: a, kind: teams, url: '${URL}' }]`,
      /same name/,
    ],
    ['secret-path: [', /is no YAML/],
    [`channels: [{ name: a, kind: slack, url: '${URL}', severitys: [info] }]`, /did you mean severities\?/],
    [`channels: []\npublicURL: '${URL}'`, /there is no field publicURL; did you mean publicUrl\?/],
    [
      `channels: [{ name: a, kind: slack, url: '${URL}', events: [AlertRaise] }]`,
      /channels\.0\.events\.0: there is no event AlertRaise; did you mean AlertRaised\?/,
    ],
    [
      `channels: [{ name: a, kind: slack, url: '\${env:SLAK_URL}' }]`,
      /channels\.0\.url: the variable SLAK_URL is not set/,
    ],
    [`channels: [{ name: a, kind: slack, url: '\${file:/nowhere}' }]`, /channels\.0\.url: ENOENT/],
    [
      `channels: [{ name: a, kind: slack, url: '\${vault:x}' }]`,
      /there is no \$\{vault:…\}: name \$\{env:VARIABLE\}/,
    ],
    [
      `channels: [{ name: a, kind: slack, url: '${URL}', templates: { default: { title: '{titel}' } } }]`,
      /templates\.default\.title: there is no field \{titel\}; did you mean title\?/,
    ],
    [
      `channels: [{ name: a, kind: slack, url: '${URL}', templates: { default: { text: 'a { b' } } }]`,
      /a brace is alone/,
    ],
    [
      `channels: [{ name: a, kind: slack, url: '${URL}', templates: { AlertRised: { text: '{text}' } } }]`,
      /AlertRised; did you mean AlertRaised\?/,
    ],
  ])('%s is refused, and shows no secret', async (text, message) => {
    await using folder = await temporaryFolder('channels');
    await writeFile(join(folder.path, 'channels.yaml'), text);
    const read = () => readChannels(join(folder.path, 'channels.yaml'));
    expect(read).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) }),
    );
    expect(read).not.toThrow(/secret-path|1234567/);
  });

  test('may refer to variables and files, whose content is in no event', async () => {
    await using folder = await temporaryFolder('channels');
    await writeFile(join(folder.path, 'secret'), `${SECRET}\n`);
    const path = join(folder.path, 'channels.yaml');
    await writeFile(
      path,
      `channels: [{ name: team, kind: webhook, url: 'https://\${env:HOOK_HOST}/x', secret: '\${file:${folder.path}/secret}' }]`,
    );
    const read = readChannels(path, { HOOK_HOST: 'secret-path.example.org' });
    expect(read.channels).toMatchObject([{ url: 'https://secret-path.example.org/x', secret: SECRET }]);
    const events = JSON.stringify(planned(recorded(raised(), 0, 1_000), read, 0));
    expect(events).not.toContain('secret-path');
    expect(events).not.toContain(SECRET);
  });

  test('that is not there is refused', () =>
    expect(() => readChannels('/nowhere/channels.yaml')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    ));
});
