import { expect, test } from 'vitest';
import { open } from './fixtures.ts';
import type { Protection } from './protection.ts';

interface Operation {
  security?: object[];
  responses: Record<string, { content: Record<string, object> }>;
  requestBody: { content: { 'application/json': { schema: object } } };
}

async function documentation(config: Protection = {}) {
  const { paths, components } = (await (await open({ config })).inject('/docs/json')).json();
  const operation = (method: string, path: string): Operation => paths[path][method];
  return { components, operation };
}

test('each route documents what it answers when it fails, by its form and what it says itself', async () => {
  const { operation, components } = await documentation();
  const failures = (method: string, path: string) =>
    Object.entries(operation(method, path).responses).flatMap(([status, { content }]) =>
      'application/problem+json' in content ? [Number(status)] : [],
    );
  expect(failures('post', '/v1/greet')).toEqual([400, 413, 415, 421, 431, 503, 507]);
  expect(failures('get', '/v1/fail/{how}')).toEqual([400, 404, 414, 421, 431, 503]);
  expect(failures('get', '/v1/unwell')).toEqual([400, 409, 421, 431, 503]);
  expect(failures('get', '/health/live')).toEqual([400, 421, 431]);
  const { responses } = operation('get', '/v1/unwell');
  const problem = { schema: { $ref: '#/components/schemas/Problem' } };
  expect(responses['503']?.content).toEqual({
    'application/json': { schema: expect.objectContaining({ required: ['fine'] }) },
    'application/problem+json': problem,
  });
  expect(components.schemas.Problem.required).toContain('requestId');
});

test('with a token, 401 is documented where the token is needed', async () => {
  const { operation } = await documentation({ token: 'a-secret-of-some-length' });
  const told = (method: string, path: string) => {
    const { responses, security } = operation(method, path);
    return ['401' in responses, security];
  };
  expect(told('post', '/v1/greet')).toEqual([true, undefined]);
  expect(told('get', '/v1/unwell')).toEqual([true, undefined]);
  expect(told('get', '/metrics')).toEqual([false, []]);
  expect(told('get', '/health/live')).toEqual([false, []]);
});

test('bodies are documented to have no other fields', async () => {
  const { operation } = await documentation();
  expect(operation('post', '/v1/greet').requestBody.content['application/json'].schema).toMatchObject({
    additionalProperties: false,
    properties: { to: { items: { additionalProperties: false } } },
  });
});
