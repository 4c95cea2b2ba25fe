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
    /** who asks; null where nobody has to say so: probes, the documentation, files of the console */
    actor: Actor | null;
  }
}

const FIELD = 'requestedBy';

/**
 * Events say who asked: where the body of a route has the field `requestedBy`, it becomes the name of the actor. Only an
 * admin, and whoever asks in development, may name somebody else: FORBIDDEN for others.
 */
export function nameActors(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const body = route.schema?.body;
    if (!(body instanceof z.ZodObject) || !(FIELD in body.shape)) return;
    const others = route.preValidation ?? [];
    route.preValidation = [nameActor, ...(Array.isArray(others) ? others : [others])];
  });
}

function nameActor(request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void {
  done(withActor(request));
}

/** Names the actor in the body of a request; returns what is wrong with another who is named there. */
function withActor(request: FastifyRequest): EpochlogError | undefined {
  const { actor, body } = request;
  if (!actor || actor.by === 'development' || typeof body !== 'object' || body === null) return undefined;
  const given: unknown = Reflect.get(body, FIELD);
  if (given === undefined) Reflect.set(body, FIELD, actor.name);
  if (given === undefined || given === actor.name || speaksForOthers(actor, request)) return undefined;
  const told = `body.${FIELD}: the token says who asks, which is ${actor.name}: leave the field out`;
  return new EpochlogError('FORBIDDEN', told);
}

const speaksForOthers = ({ role }: Actor, { routeOptions: { config } }: FastifyRequest): boolean =>
  includesRole(role, 'admin') && config.speaksForItself !== true;
