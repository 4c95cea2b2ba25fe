import { setTimeout as sleep } from 'node:timers/promises';
import { Projector, type ProjectorContext } from './projector.ts';
import { LEASE_MS, markComplete, readReservations, reserveSuspension } from './reservations.ts';

/** Completes the batches that a killed projector may have left incomplete, so that `events` has all their rows. */
export const completeOpenBatches = (context: ProjectorContext): Promise<void> =>
  new Projector(context, 0).completeOpen();

/**
 * Suspends all projectors, in whatever process, until the result is called. Resolves when the leases that were held
 * have ended and all open batches are complete.
 */
export async function suspendProjectors(context: ProjectorContext): Promise<() => Promise<void>> {
  const { warehouse, query, signal } = context;
  for (;;) {
    const reservations = await readReservations(query);
    if (reservations.suspension) break; // one's own, or that of a process that was killed
    await reserveSuspension(warehouse, reservations);
  }
  await sleep(LEASE_MS, undefined, { signal });
  await new Projector(context, 0).completeOpen({ duringSuspension: true });
  return () => resumeProjectors(context);
}

/** Ends the suspension, if there is one. */
export async function resumeProjectors({ warehouse, query }: ProjectorContext): Promise<void> {
  const { suspension, leaseUntil } = await readReservations(query);
  if (suspension) await markComplete(warehouse, [suspension], leaseUntil);
}
