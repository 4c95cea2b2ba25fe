import type { FastifyInstance } from 'fastify';
import {
  type jsonSchemaTransform,
  validatorCompiler as zodValidatorCompiler,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { suggestion } from '../../kernel/nearest.ts';
import '../../kernel/wording.ts';

/** The part of JSON Schema that says which fields an object has. */
export interface FieldsSchema {
  properties?: Record<string, FieldsSchema>;
  items?: FieldsSchema;
  additionalProperties?: boolean | object;
}

interface UnknownField {
  path: readonly (string | number)[];
  message: string;
}

/** unknown fields in an answer: a body may consist of them */
const MAX_TOLD = 20;
const MAX_SHOWN = 60;

/** The same schema, in which objects have no other fields than those that it names, unless it says so. */
export function closed(schema: FieldsSchema): FieldsSchema {
  const { properties, items, additionalProperties = false } = schema;
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(properties && {
      additionalProperties,
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, closed(field)]),
      ),
    }),
  };
}

/** The fields of a value that a closed schema does not know, with the name that may be meant; the first twenty. */
export function unknownFields(schema: FieldsSchema, value: unknown): UnknownField[] {
  const found: UnknownField[] = [];
  walk(schema, value, [], found);
  return found;
}

function walk(
  { properties, items, additionalProperties }: FieldsSchema,
  value: unknown,
  path: UnknownField['path'],
  found: UnknownField[],
): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (items) for (const [i, item] of value.entries()) walk(items, item, [...path, i], found);
    return;
  }
  if (!properties) return;
  for (const [name, field] of Object.entries(value)) {
    if (found.length >= MAX_TOLD) return;
    if (Object.hasOwn(properties, name)) walk(properties[name]!, field, [...path, name], found);
    else if (additionalProperties === false) found.push(unknown(name, path, Object.keys(properties)));
  }
}

function unknown(name: string, path: UnknownField['path'], known: readonly string[]): UnknownField {
  return { path: [...path, name.slice(0, MAX_SHOWN)], message: `is not known; ${suggestion(name, known)}` };
}

/** Validates with zod, and refuses fields of a body or of the query string that the route's schema does not name. */
export const validatorCompiler: typeof zodValidatorCompiler = (route) => {
  const validate = zodValidatorCompiler(route);
  if (route.httpPart !== 'body' && route.httpPart !== 'querystring') return validate;
  const inline = { io: 'input', unrepresentable: 'any', metadata: z.registry<{ id?: string }>() } as const; // no names, so no references
  let known: FieldsSchema | undefined; // made when it is asked for first: it takes time, and of most routes it never is
  return (data: unknown) => {
    const result = validate(data);
    known ??= closed(z.toJSONSchema(route.schema, inline) as FieldsSchema);
    const unknowns = unknownFields(known, data);
    if (unknowns.length === 0) return result;
    const others =
      typeof result === 'object' && 'error' in result && Array.isArray(result.error) ? result.error : [];
    const errors = [
      ...unknowns.map(({ path, message }) => ({
        keyword: UNKNOWN_FIELD,
        instancePath: `/${path.join('/')}`,
        schemaPath: '#',
        params: {},
        message,
      })),
      ...others.filter(({ keyword }) => keyword !== UNKNOWN_FIELD),
    ];
    return { error: errors };
  };
};

/** zod's own word for it, of objects that are strict */
const UNKNOWN_FIELD = 'unrecognized_keys';

/** A route that names no parameters takes none: else an unknown one would pass unseen. */
export function refuseUnnamedParameters(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.schema && !route.schema.hide) route.schema.querystring ??= z.strictObject({});
  });
}

type Documented = ReturnType<typeof jsonSchemaTransform>;

/** Documents that a body has no other fields than those that it names. */
export function closedBody({ schema, url }: Documented): Documented {
  const body = schema?.body;
  return { url, schema: body ? { ...schema, body: closed(body as FieldsSchema) } : schema };
}
