import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Actor, ROLES, type Role } from '../../../kernel/access.ts';
import type { Service } from '../../../kernel/service.ts';
import { open } from '../fixtures.ts';
import { type Access, wrongToken } from './access.ts';

/** Each role is a token, and the name of its actor. */
const access: Access = {
  authenticate(token): Actor {
    const role = ROLES.find((name) => name === token);
    if (!role) throw wrongToken('no such token');
    return { name: role, role, by: 'token' };
  },
};

const body = z.strictObject({ requestedBy: z.string().default('api') });

/** A service with a route for each role, which answers who asked; `speaks` lets nobody name another. */
const asking = (routesOf: (app: FastifyInstance) => void): Service => ({
  name: 'asking',
  reactsTo: [],
  effects: false,
  start: () => ({}),
  routes: (app: FastifyInstance) => routesOf(app),
});
const everyRole = asking((app) => {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const answer = { body, response: { 200: z.string() } };
  for (const role of ROLES)
    routes.post(`/v1/${role}`, { config: { role }, schema: answer }, ({ body }) => body.requestedBy);
  const own = { role: 'approver', speaksForItself: true } as const;
  routes.post('/v1/own', { config: own, schema: answer }, ({ body }) => body.requestedBy);
  routes.get(
    '/v1/read',
    { schema: { response: { 200: z.string() } } },
    ({ actor }) => actor?.name ?? 'nobody',
  );
});

const config = { authentication: 'required' } as const;
const opened = (given: object = config) =>
  open({ config: given, openAccess: async () => access, services: [everyRole] });
const post = (app: FastifyInstance, url: string, role: string, payload: object = {}) =>
  app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${role}` } });

test('each role may do what it and those below it may, and nothing above', async () => {
  const app = await opened();
  const statuses = async (role: Role) =>
    Promise.all(ROLES.map(async (needed) => (await post(app, `/v1/${needed}`, role)).statusCode));
  expect(await statuses('viewer')).toEqual([200, 403, 403, 403]);
  expect(await statuses('operator')).toEqual([200, 200, 403, 403]);
  expect(await statuses('approver')).toEqual([200, 200, 200, 403]);
  expect(await statuses('admin')).toEqual([200, 200, 200, 200]);
  expect((await post(app, '/v1/admin', 'viewer')).json()).toMatchObject({
    code: 'FORBIDDEN',
    detail: expect.stringMatching(/^POST \/v1\/admin needs the role admin, and viewer is viewer/),
  });
});

test('the name of the token says who asks, and only an admin may name another', async () => {
  const app = await opened();
  const asked = async (role: string, requestedBy?: string, url = '/v1/operator') => {
    const answer = await post(app, url, role, requestedBy === undefined ? {} : { requestedBy });
    return answer.statusCode === 200 ? answer.body : answer.json().code;
  };
  expect(await asked('operator')).toBe('operator');
  expect(await asked('operator', 'operator')).toBe('operator');
  expect(await asked('operator', 'grace')).toBe('FORBIDDEN');
  expect(await asked('approver', 'grace')).toBe('FORBIDDEN');
  expect(await asked('admin', 'grace')).toBe('grace');
  expect(await asked('admin', 'grace', '/v1/own')).toBe('FORBIDDEN');
  expect(await asked('admin', undefined, '/v1/own')).toBe('admin');
});

test('without tokens whoever asks may name anybody; a token that is given counts', async () => {
  const app = await opened({});
  const bare = await app.inject({ method: 'POST', url: '/v1/own', payload: { requestedBy: 'ada' } });
  expect([bare.statusCode, bare.body]).toEqual([200, 'ada']);
  expect((await post(app, '/v1/admin', 'viewer')).statusCode).toBe(403);
  expect((await post(app, '/v1/viewer', 'viewer')).body).toBe('viewer');
  expect((await post(app, '/v1/viewer', 'nobody')).statusCode).toBe(401);
});

test('a read is for viewers; one that is open is answered with a wrong token too', async () => {
  const read = async (given: object, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await (await opened(given)).inject({ url: '/v1/read', headers });
    return answer.statusCode === 200 ? answer.body : answer.statusCode;
  };
  expect(await read(config)).toBe(401);
  expect(await read(config, 'viewer')).toBe('viewer');
  expect(await read({ ...config, openReads: 'all' })).toBe('nobody');
  expect(await read({ ...config, openReads: 'all' }, 'wrong')).toBe('nobody');
});

test('a write that does not say who may ask keeps the server from starting', async () => {
  const undeclared = asking((app) => app.put('/v1/anything', () => 'done'));
  await expect(open({ services: [undeclared] })).rejects.toThrow(
    /PUT \/v1\/anything does not say who may ask/,
  );
});

test('the documentation says which role a route needs', async () => {
  const document = (await (await opened()).inject('/docs/json')).json();
  const { description, responses } = document.paths['/v1/approver'].post;
  expect(description).toBe('Needs the role approver.');
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403']));
});
