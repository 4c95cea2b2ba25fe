import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EpochlogError } from '../../kernel/errors.ts';
import { type Asking, isAsked } from './access/access.ts';

/** What the documentation says of the tasks and data that there are. */
export interface Described {
  /** JSON Schemas of instances (2020-12), by the name of their task */
  instances: Readonly<Record<string, object>>;
  /** values of path parameters that name something, by the name of the parameter */
  names: Readonly<Record<string, string>>;
  /** bodies that can be sent as they are, by the name of their schema */
  bodies: Readonly<Record<string, object>>;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Tells who knows the instances that may be asked about, and examples: the documentation has them as they are then. */
    describeInstances(source: () => Promise<Described>): void;
  }
  interface FastifyRequest {
    described: Described | null;
  }
}

/** A schema with this key, set to true, stands for an instance of any task. */
const MARK = 'x-instance';
const DOCUMENTS = new Set(['/docs/json', '/docs/yaml']);

/**
 * Lets services describe the instances of their tasks, which change while the process runs. They are the users' own
 * words: where tokens are asked for, only those with one see them.
 */
export function addDescriptions(app: FastifyInstance, asking: Asking): void {
  let source: (() => Promise<Described>) | undefined;
  app.decorate('describeInstances', (given: () => Promise<Described>) => {
    source = given;
  });
  app.decorateRequest('described', null);
  const describe = async (request: FastifyRequest) => {
    if (!source || (isAsked(asking) && !request.actor)) return;
    request.described = await source().catch((error: unknown) => {
      if (error instanceof EpochlogError) return null; // the rest is documented without a warehouse too
      throw error;
    });
  };
  app.addHook('onRoute', (route) => {
    if (DOCUMENTS.has(route.url)) route.preHandler = describe;
  });
}

type Node = Readonly<Record<string, unknown>>;

/**
 * The document with a schema for each task's instances, any of which may stand where an instance is asked for, and with
 * examples that work: names and bodies of what is there.
 */
export function describedDocument(document: Node, described: Described | null): Node {
  if (!described) return document;
  const { names, bodies } = described;
  const whole = withInstances(document, described.instances) as Node & { components?: { schemas?: Node } };
  const schemas = Object.entries(whole.components?.schemas ?? {}).map(([name, schema]) => [
    name,
    bodies[name] ? { ...(schema as object), example: bodies[name] } : schema,
  ]);
  return {
    ...whole,
    paths: withNames(whole.paths, names),
    components: { ...whole.components, schemas: Object.fromEntries(schemas) },
  };
}

function withInstances(document: Node, instances: Described['instances']): Node {
  const names = Object.keys(instances);
  if (names.length === 0) return document;
  const key = (task: string) => `Instance.${task}`;
  const anyOf = names.map((task) => ({ $ref: `#/components/schemas/${key(task)}` }));
  const marked = replaceMarked(document, ({ description }) => ({ description, anyOf })) as Node & {
    components?: { schemas?: object };
  };
  const all = Object.fromEntries(Object.entries(instances).map(([task, schema]) => [key(task), schema]));
  const { components } = marked;
  return { ...marked, components: { ...components, schemas: { ...components?.schemas, ...all } } };
}

/** Gives the path parameters of these names an example. */
function withNames(node: unknown, names: Described['names']): unknown {
  if (Array.isArray(node)) return node.map((item) => withNames(item, names));
  if (typeof node !== 'object' || node === null) return node;
  if ('in' in node && node.in === 'path' && 'name' in node) {
    const example = names[String(node.name)];
    return example === undefined ? node : { ...node, example };
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withNames(value, names)]));
}

function replaceMarked(node: unknown, replacement: (node: Record<string, unknown>) => object): unknown {
  if (Array.isArray(node)) return node.map((item) => replaceMarked(item, replacement));
  if (typeof node !== 'object' || node === null) return node;
  if (MARK in node && node[MARK] === true) return replacement({ ...node });
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, replaceMarked(value, replacement)]),
  );
}
