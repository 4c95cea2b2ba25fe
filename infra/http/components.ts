/** A part of an OpenAPI document. */
type Node = Readonly<Record<string, unknown>>;

const PREFIX = '#/components/schemas/';
/** What the library adds to the name of a schema that a request holds, so that it differs from that of an answer. */
const OF_INPUT = /Input$/;
/** A path parameter that takes slashes: its schema says what it is called. */
const WILDCARD = '*';
const NAME = 'x-name';

/**
 * The document with the named schemas that it uses, and no others: the library gives each twice, as part of a request and
 * of an answer. One that is part of requests only has its own name. Path parameters that take the rest of a path are named.
 */
export function tidied(document: Node): Node {
  const { components, ...rest } = document;
  const { schemas = {}, ...others } = (components ?? {}) as { schemas?: Record<string, unknown> };
  const used = reachable(rest, schemas);
  const named = new Map(
    [...used].map((name) => {
      const plain = name.replace(OF_INPUT, '');
      return [name, used.has(plain) ? name : plain] as const;
    }),
  );
  const kept = Object.fromEntries([...named].sort().map(([name, as]) => [as, schemas[name]]));
  const whole = { ...rest, components: { ...others, schemas: kept } };
  const renamed = rewritten(whole, (name) => named.get(name) ?? name) as Node & {
    paths?: Record<string, Node>;
  };
  return { ...renamed, paths: withNamedWildcards(renamed.paths ?? {}) };
}

/** The names of the schemas that a part of the document needs. */
function reachable(
  node: unknown,
  schemas: Readonly<Record<string, unknown>>,
  found = new Set<string>(),
): Set<string> {
  if (typeof node !== 'object' || node === null) return found;
  for (const [key, value] of Object.entries(node)) {
    if (key !== '$ref' || typeof value !== 'string') {
      reachable(value, schemas, found);
      continue;
    }
    const name = value.slice(PREFIX.length);
    if (found.has(name)) continue;
    found.add(name);
    reachable(schemas[name], schemas, found);
  }
  return found;
}

function rewritten(node: unknown, nameOf: (name: string) => string): unknown {
  if (Array.isArray(node)) return node.map((item) => rewritten(item, nameOf));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, PREFIX + nameOf(value.slice(PREFIX.length))]
        : [key, rewritten(value, nameOf)],
    ),
  );
}

interface Parameter {
  name: string;
  schema: Record<string, unknown>;
}

function withNamedWildcards(paths: Readonly<Record<string, Node>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => {
      if (!path.includes(`{${WILDCARD}}`)) return [path, operations];
      let called = 'rest';
      const named = Object.entries(operations as Record<string, { parameters?: Parameter[] }>).map(
        ([method, operation]) => {
          const parameters = operation.parameters?.map((parameter) => {
            if (parameter.name !== WILDCARD) return parameter;
            const { [NAME]: name, ...schema } = parameter.schema;
            called = String(name ?? called);
            return { ...parameter, name: called, schema };
          });
          return [method, { ...operation, ...(parameters && { parameters }) }] as const;
        },
      );
      return [path.replace(`{${WILDCARD}}`, `{${called}}`), Object.fromEntries(named)];
    }),
  );
}
