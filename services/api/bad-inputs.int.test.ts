import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiUnderTest, startApi, TOKEN } from '../../test/harness/api.ts';
import { MODEL } from '../../test/harness/scenario.ts';
import { smallScenario } from '../../test/harness/small-scenario.ts';
import { formatListCursor } from './list-cursor.ts';

/** What a client may get wrong, and what it is told: each answer says where it is wrong, and what to do. */

let under: ApiUnderTest;
beforeAll(async () => {
  under = await startApi(smallScenario());
});
afterAll(() => under[Symbol.asyncDispose]());

const KEY = '01930000-0000-7000-8000-000000000001';
const FOREIGN = formatListCursor('alerts/list', ['a', 'b']);
const LARGE = 'x'.repeat(10_000_000);

const cases: [
  request: string,
  body: unknown,
  status: number,
  hint: RegExp,
  headers?: Record<string, string>,
][] = [
  // names that nobody knows
  ['GET /v1/model', undefined, 404, /there is no \/v1\/model; \/docs lists/],
  ['GET /v1/models/paper', undefined, 404, /did you mean papers\?/],
  ['GET /v1/models/papers/versions/v1.0.1', undefined, 404, /did you mean v1\.[01]\.0\?/],
  ['GET /v1/models/papers/versions/v9.9.9/package', undefined, 404, /never registered/],
  ['GET /v1/runs/run-11', undefined, 404, /no run run-11, did you mean 'run-1'\?/],
  ['GET /v1/datasets/dataset-11', undefined, 404, /no dataset dataset-11, did you mean 'dataset-1'\?/],
  ['GET /v1/tasks/arxi', undefined, 404, /did you mean arxiv\?/],
  ['GET /v1/records/arxi/1', undefined, 404, /did you mean arxiv\?/],
  ['GET /v1/records?task=arxi', undefined, 404, /did you mean arxiv\?/],
  ['GET /v1/events/none', undefined, 404, /there is no event none/],
  [`GET /v1/requests/${KEY}`, undefined, 404, /take the requestId/],
  ['GET /v1/dead-letters/outcomes/9', undefined, 400, /<stream>\/<partition>@<offset>/],
  ['POST /v1/promotions', { model: 'paper', version: 'v1' }, 404, /did you mean papers\?/],
  ['POST /v1/trainings', { model: 'paper' }, 404, /did you mean papers\?/],
  // methods
  ['DELETE /v1/models', undefined, 405, /takes GET, HEAD, POST, not DELETE/],
  ['POST /v1/events', {}, 405, /takes GET, HEAD, not POST/],
  // parameters
  ['GET /v1/runs?modell=papers', undefined, 400, /modell: is not known; did you mean model\?/],
  [`GET /v1/models/${MODEL}?verbose=1`, undefined, 400, /verbose: is not known/],
  ['GET /v1/events?type=AlertRaise', undefined, 400, /did you mean 'AlertRaised'\?/],
  ['GET /v1/events?limit=1000000', undefined, 400, /limit: takes at most 1000, not 1000000/],
  ['GET /v1/events?limit=ten', undefined, 400, /querystring\.limit: must be a (whole )?number, such as/],
  ['GET /v1/events?cursor=abc', undefined, 400, /take `next` of the page before/],
  [`GET /v1/runs?cursor=${FOREIGN}`, undefined, 400, /is of another list/],
  ['GET /v1/events?from=yesterday', undefined, 400, /querystring\.from: .*2026-03-01/],
  ['GET /v1/records', undefined, 400, /querystring\.task/],
  ['GET /v1/records?task=arxiv&from=1.1.2024', undefined, 400, /querystring\.from/],
  ['GET /v1/predictions?labelled=perhaps', undefined, 400, /querystring\.labelled/],
  ['GET /v1/events?stream=nothing', undefined, 400, /querystring\.stream: .*"alerts"/],
  [
    'GET /v1/runs?status=complete',
    undefined,
    400,
    /"completed".*, not "complete", did you mean 'completed'\?/,
  ],
  [`GET /v1/models/${MODEL}/history?at=2999-01-01`, undefined, 400, /has not come yet/],
  [`GET /v1/requests/${KEY}?wait=600`, undefined, 400, /wait: takes at most 60, not 600/],
  ['GET /v1/artifacts/..%2f..%2fetc%2fpasswd', undefined, 400, /64 hexadecimal digits/],
  ['GET /v1/models/%00', undefined, 404, /there is no model/],
  ['GET /v1/models/%zz', undefined, 400, /write % as %25/],
  // bodies
  ['POST /v1/trainings', '{"model":', 400, /the body is no JSON/],
  ['POST /v1/trainings', '', 400, /the body is empty: send/],
  ['POST /v1/trainings', 'model=papers', 415, /must be application\/json/, { 'content-type': 'text/plain' }],
  ['POST /v1/trainings', [], 400, /body: must be an object, not a list/],
  ['POST /v1/trainings', { model: 7 }, 400, /body\.model: must be a text, not 7: write "7"/],
  ['POST /v1/trainings', { model: 'a\u0000b' }, 400, /body\.model: has control characters/],
  [
    'POST /v1/trainings',
    { model: MODEL, promote: 'yes' },
    400,
    /body\.promote: must be true or false, not "yes"/,
  ],
  ['POST /v1/trainings', { model: MODEL, sed: 1 }, 400, /body\.sed: is not known; did you mean seed\?/],
  ['POST /v1/trainings', { model: MODEL, seed: 2 ** 40 }, 400, /body\.seed/],
  ['POST /v1/promotions', { model: MODEL }, 400, /body\.version/],
  ['POST /v1/trainings', { model: LARGE }, 413, /larger than the 1,048,576 bytes/],
  ['POST /v1/rollbacks', { model: MODEL }, 400, /idempotency-key: .*UUID/, { 'idempotency-key': 'once' }],
  ['POST /v1/collections', { task: 'arxiv' }, 400, /give "records", or a "file"/],
  ['POST /v1/artifacts', '', 400, /--data-binary/],
  ['POST /v1/sql', { sql: 'SELEC 1' }, 400, /^syntax error in line 1, column 1, at 'SELEC 1'/],
  ['POST /v1/sql', { sql: 'DROP TABLE events' }, 400, /only reads the tables .* DROP TABLE/],
  // who asks, and whom
  ['GET /v1/models', undefined, 401, /Authorization: Bearer/, { authorization: 'Bearer guess' }],
  ['GET /v1/models', undefined, 421, /EPOCHLOG_ALLOWED_HOSTS/, { host: 'example.org' }],
];

test.each(cases)('%s (case %#)', async (request, body, status, hint, headers = {}) => {
  const [method = '', url = ''] = request.split(' ');
  const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const answer = await under.app.inject({
    method: method as 'GET',
    url,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(payload !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(payload !== undefined && { payload }),
  });
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect([answer.statusCode, answer.json().detail]).toEqual([status, expect.stringMatching(hint)]);
  expect(answer.body.length).toBeLessThan(5_000);
});
