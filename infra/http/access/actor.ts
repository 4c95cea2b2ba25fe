import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Actor, includesRole, type Role } from '../../../kernel/access.ts';
import { EpochlogError } from '../../../kernel/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** who may ask; every route that is no GET must say so. A GET that does not is for viewers */
    role?: Role;
    /** whether also an admin may not name another person as the one who asks */
    speaksForItself?: boolean;
  }
  interface FastifyRequest {
    /** who asks; null where no token is needed: probes, the documentation, files of the console */
    actor: Actor | null;
  }
}

const FIELD = 'requestedBy';

/**
 * Events say who asked: where the body of a route has the field `requestedBy`, it becomes the name of the actor. Only an
 * admin, and every caller in development, may set another name: FORBIDDEN for others.
 */
export function nameActors(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const body = route.schema?.body;
    if (!(body instanceof z.ZodObject) || !(FIELD in body.shape)) return;
    route.preValidation = [nameActor, ...listOf(route.preValidation)];
    route.preHandler = [refuseForged, ...listOf(route.preHandler)];
  });
}

const listOf = <Hook>(hooks: Hook | Hook[] | undefined): Hook[] =>
  hooks === undefined ? [] : Array.isArray(hooks) ? hooks : [hooks];

type Done = (error?: Error) => void;

/** Before the body is validated, so that the default of the field does not apply. */
function nameActor({ actor, body }: FastifyRequest, _reply: unknown, done: Done): void {
  const isNamed = actor && actor.by !== 'development' && typeof body === 'object' && body !== null;
  if (isNamed && Reflect.get(body, FIELD) === undefined) Reflect.set(body, FIELD, actor.name);
  done();
}

/** After it, since a wrong request is wrong with any token. */
function refuseForged(request: FastifyRequest, _reply: unknown, done: Done): void {
  const { actor, body } = request;
  const isChecked = actor && actor.by !== 'development' && typeof body === 'object' && body !== null;
  if (!isChecked || Reflect.get(body, FIELD) === actor.name || speaksForOthers(actor, request)) done();
  else {
    const told = `body.${FIELD}: the token says who asks, which is ${actor.name}: leave the field out`;
    done(new EpochlogError('FORBIDDEN', told));
  }
}

const speaksForOthers = ({ role }: Actor, { routeOptions: { config } }: FastifyRequest): boolean =>
  includesRole(role, 'admin') && config.speaksForItself !== true;
