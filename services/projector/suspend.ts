import type { Position } from '../../kernel/ports/log.ts';
import { ALL_STREAMS } from '../../schemas/catalogue.ts';
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
  const { warehouse, query, clock, signal } = context;
  for (;;) {
    const reservations = await readReservations(query);
    if (reservations.suspension) break; // one's own, or that of a process that was killed
    await reserveSuspension(warehouse, reservations);
  }
  await clock.sleep(LEASE_MS, signal);
  await new Projector(context, 0).completeOpen({ duringSuspension: true });
  return () => resumeProjectors(context);
}

/** Up to which offset of each partition (exclusive) the events are in batches that are reserved or complete. */
export async function projectedUpTo({ query, events }: ProjectorContext): Promise<Position[]> {
  const reservations = await readReservations(query);
  const partitions = await events.endOffsets(ALL_STREAMS);
  return partitions.map((partition) => ({ ...partition, offset: reservations.lastOf(partition) + 1 }));
}

/** Ends the suspension, if there is one. */
export async function resumeProjectors({ warehouse, query }: ProjectorContext): Promise<void> {
  const { suspension, leaseUntil } = await readReservations(query);
  if (suspension) await markComplete(warehouse, [suspension], leaseUntil);
}
