import type { FastifyInstance } from 'fastify';
import { EpochlogError } from '../../kernel/errors.ts';
import { hasToken, type Protection } from './protection.ts';

/** JSON Schemas of instances (2020-12), by the name of their task. */
export type InstanceSchemas = Readonly<Record<string, object>>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Tells who knows the instances that may be asked about: the documentation describes them as they are then. */
    describeInstances(source: () => Promise<InstanceSchemas>): void;
  }
  interface FastifyRequest {
    instanceSchemas: InstanceSchemas | null;
  }
}

/** A schema with this key, set to true, stands for an instance of any task. */
const MARK = 'x-instance';
const DOCUMENTS = new Set(['/docs/json', '/docs/yaml']);

/**
 * Lets services describe the instances of their tasks, which change while the process runs. They are the users' own
 * words: where there is a token, only those with it see them.
 */
export function addInstanceSchemas(app: FastifyInstance, protection: Protection): void {
  let source: (() => Promise<InstanceSchemas>) | undefined;
  app.decorate('describeInstances', (given: () => Promise<InstanceSchemas>) => {
    source = given;
  });
  app.decorateRequest('instanceSchemas', null);
  app.addHook('preHandler', async (request) => {
    if (!DOCUMENTS.has(request.routeOptions.url ?? '') || !source || !hasToken(protection, request)) return;
    request.instanceSchemas = await source().catch((error: unknown) => {
      if (error instanceof EpochlogError) return null; // the rest is documented without a warehouse too
      throw error;
    });
  });
}

/** The document with a schema for each task's instances, any of which may stand where an instance is asked for. */
export function withInstanceSchemas(
  document: Readonly<Record<string, unknown>>,
  schemas: InstanceSchemas | null,
) {
  const names = Object.keys(schemas ?? {});
  if (!schemas || names.length === 0) return document;
  const key = (task: string) => `Instance.${task}`;
  const anyOf = names.map((task) => ({ $ref: `#/components/schemas/${key(task)}` }));
  const marked = replaceMarked(document, ({ description }) => ({ description, anyOf }));
  const { components } = marked as { components?: { schemas?: object } };
  const described = Object.fromEntries(Object.entries(schemas).map(([task, schema]) => [key(task), schema]));
  return {
    ...(marked as object),
    components: { ...components, schemas: { ...components?.schemas, ...described } },
  };
}

function replaceMarked(node: unknown, replacement: (node: Record<string, unknown>) => object): unknown {
  if (Array.isArray(node)) return node.map((item) => replaceMarked(item, replacement));
  if (typeof node !== 'object' || node === null) return node;
  if (MARK in node && node[MARK] === true) return replacement({ ...node });
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, replaceMarked(value, replacement)]),
  );
}
