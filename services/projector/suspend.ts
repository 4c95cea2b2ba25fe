import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS, mark, proposeSuspension, readClaims } from './claims.ts';
import { Projector, type ProjectorContext } from './projector.ts';

/** Completes what a projector that was killed may have left half written, so that what is in `events` is all there is. */
export const finishBatches = (context: ProjectorContext): Promise<void> => new Projector(context, 0).finish();

/**
 * Keeps all projectors from writing, wherever they run, until the result is called: they wait and go on then. What
 * they have begun is complete when this resolves; which takes as long as an insert may be under way.
 */
export async function suspendProjectors(context: ProjectorContext): Promise<() => Promise<void>> {
  const { warehouse, query, signal } = context;
  for (;;) {
    const claims = await readClaims(query);
    if (claims.suspension) break; // one's own, or that of somebody who was killed
    await proposeSuspension(warehouse, claims);
  }
  await sleep(LEASE_MS, undefined, { signal });
  await new Projector(context, 0).finish({ duringSuspension: true });
  return () => resumeProjectors(context);
}

/** Lets projectors write again, if they are suspended. */
export async function resumeProjectors({ warehouse, query }: ProjectorContext): Promise<void> {
  const claims = await readClaims(query);
  if (claims.suspension) await mark(warehouse, [claims.suspension], claims.until);
}
