import { fastify } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadServices } from '../cli/services.ts';
import { readSettings } from '../infra/config/config.ts';
import { assertWithinLimits, LIMITS } from '../kernel/texts.ts';
import { isEventType, type NewEvent, type ServiceContext } from '../schemas/catalogue.ts';
import { EVENTS } from '../schemas/events.generated.ts';
import { loadSchemas } from '../schemas/load.ts';
import { publish } from '../schemas/published.ts';

/** What a JSON Schema says, as far as it matters for the size of what it lets through. */
interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** Formats whose texts have an end. */
const BOUNDED_FORMATS = new Set(['date', 'date-time', 'uuid']);
/** Only the size of the whole body bounds it, and none of it is kept. */
const ANYTHING = new Set(['POST /v1/sql body.params.*']);

function unboundedIn(schema: Schema, path: string): string[] {
  if (ANYTHING.has(path) || schema.enum || 'const' in schema) return [];
  const branches = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (branches) return branches.flatMap((branch) => unboundedIn(branch, path));
  if (schema.type === undefined) return [`${path} may be anything`];
  return [schema.type].flat().flatMap((type) => unboundedOf(type, schema, path));
}

function unboundedOf(type: string, schema: Schema, path: string): string[] {
  const { format = '', maxLength, maxItems, items = {} } = schema;
  switch (type) {
    case 'string':
      return maxLength !== undefined || BOUNDED_FORMATS.has(format)
        ? []
        : [`${path} is a text without an end`];
    case 'array':
      return [
        ...(maxItems === undefined ? [`${path} is a list without an end`] : []),
        ...unboundedIn(items, `${path}[]`),
      ];
    case 'object':
      return unboundedInObject(schema, path);
    default:
      return [];
  }
}

function unboundedInObject(schema: Schema, path: string): string[] {
  const { properties = {}, additionalProperties: others = false, propertyNames = {}, maxProperties } = schema;
  const named = Object.entries(properties).flatMap(([name, inside]) =>
    unboundedIn(inside, `${path}.${name}`),
  );
  if (others === false) return named;
  return [
    ...named,
    ...(maxProperties === undefined ? [`${path} has names without an end`] : []),
    ...unboundedIn(propertyNames, `${path}.name`),
    ...unboundedIn(others === true ? {} : others, `${path}.*`),
  ];
}

/** Where a request holds what. */
const PARTS = ['params', 'querystring', 'headers', 'body'] as const;

interface Route {
  name: string;
  parts: Partial<Record<(typeof PARTS)[number], Schema>>;
}

/** Every route of every service, and what it takes. */
async function routesOfServices(): Promise<Route[]> {
  const app = fastify();
  for (const taken of ['describeInstances', 'measureModels']) app.decorate(taken, () => undefined);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const routes: Route[] = [];
  app.addHook('onRoute', ({ method, url, schema = {} }) => {
    const parts = PARTS.flatMap((part) => (schema[part] ? [[part, asTaken(schema[part])]] : []));
    routes.push({ name: `${method} ${url}`, parts: Object.fromEntries(parts) });
  });
  for (const service of await loadServices()) {
    const context = { settings: readSettings(service, {}) } as ServiceContext;
    await app.register(async (scope) => service.routes?.(scope, context));
  }
  await app.ready();
  await app.close();
  return routes;
}

function asTaken(schema: unknown): unknown {
  if (!(schema instanceof z.ZodType))
    throw new TypeError('a route describes its input with something else than zod');
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const named = (ref: unknown) => json.$defs?.[String(ref).slice('#/$defs/'.length)];
  return JSON.parse(JSON.stringify(json), (_, value) => (value?.$ref ? named(value.$ref) : value));
}

describe('of the HTTP API', () => {
  let routes: Route[];
  beforeAll(async () => {
    routes = await routesOfServices();
  });

  test('every text, list and map that a route takes has a limit', () => {
    const unbounded = routes.flatMap(({ name, parts }) =>
      Object.entries(parts).flatMap(([part, schema]) => unboundedIn(schema, `${name} ${part}`)),
    );
    expect(unbounded).toEqual([]);
  });

  test('every route says what it takes, in its path and in its body', () => {
    const silent = routes.filter(
      ({ name, parts }) =>
        (/[:*]/.test(name) && !parts.params) || (!/^(GET|HEAD) /.test(name) && !parts.body),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
    expect(routes.length).toBeGreaterThan(20);
  });

  test.each<[string, Schema, string[]]>([
    ['a text', { type: 'string' }, ['a text']],
    ['a text or nothing', { anyOf: [{ type: 'string' }, { type: 'null' }] }, ['a text']],
    ['a list', { type: 'array', items: { type: 'number' } }, ['a list']],
    ['what is in a list', { type: 'array', maxItems: 1, items: { type: 'string' } }, ['a text']],
    ['what is in an object', { type: 'object', properties: { a: { type: 'string' } } }, ['a text']],
    ['a map', { type: 'object', additionalProperties: { type: 'number' } }, ['names', 'anything']],
    ['anything', {}, ['anything']],
  ])('this check finds %s without a limit', (_what, schema, found) => {
    expect(unboundedIn(schema, 'it')).toEqual(found.map((what) => expect.stringContaining(what)));
  });
});

/** Copies of a value in which one text each is replaced. */
function* withOneText(value: unknown, text: string): Iterable<unknown> {
  if (typeof value === 'string') yield text;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inside] of Object.entries(value))
    for (const changed of withOneText(inside, text))
      yield Array.isArray(value) ? value.with(Number(name), changed) : { ...value, [name]: changed };
}

describe('of every request', () => {
  const requests = loadSchemas().flatMap(({ events }) => events.filter(({ kind }) => kind === 'request'));

  test.each(requests.map((schema) => [schema.name, schema] as const))(
    '%s, each text has a limit',
    (name, schema) => {
      if (!isEventType(name)) throw new Error(`${name} is not among the generated types`);
      const example = publish(schema).example as NewEvent['data'];
      const key = EVENTS[name].key.map((field): unknown => Reflect.get(example, field)).join('/');
      const asked = (data: unknown) => ({ type: name, data }) as NewEvent;
      expect(() => assertWithinLimits(asked(example), String(key))).not.toThrow();
      for (const text of ['x'.repeat(LIMITS.declaration + 1), 'half \ud800']) {
        const changed = [...withOneText(example, text)];
        expect(changed.length).toBeGreaterThan(0);
        for (const data of changed)
          expect(() => assertWithinLimits(asked(data), String(key))).toThrow(/characters|surrogate/);
      }
    },
  );
});
