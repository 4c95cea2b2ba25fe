import { partitionKey } from '../partitions.ts';
import type { EventLog, Position } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { inputsOf } from './inputs.ts';

/** How far a service has committed its inputs. */
const committedBy = async (service: Service, log: EventLog): Promise<Position[]> =>
  log.committed(service.name, (await inputsOf(service, log)).consumed);

/**
 * Records that each service has still to process, by name. All zero means quiet: committed offsets are read before
 * the ends, so if they are equal, everything appended until the second reading had been processed at the first,
 * and what processing emits is appended before its offset is committed.
 */
export async function lagOf(services: readonly Service[], log: EventLog): Promise<Map<string, number>> {
  const committed = await Promise.all(services.map((service) => committedBy(service, log)));
  const ends = await endsOf(committed.flat(), log);
  return new Map(services.map((service, i) => [service.name, sum(committed[i]!, ends)]));
}

/** Records from some positions on: they are asked for before the ends. */
export async function lagBehind(positions: () => readonly Position[], log: EventLog): Promise<number> {
  const reached = positions();
  return sum(reached, await endsOf(reached, log));
}

async function endsOf(positions: readonly Position[], log: EventLog): Promise<Map<string, number>> {
  const topics = new Set(positions.map(({ topic }) => topic));
  const ends = await log.ends([...topics]);
  return new Map(ends.map((end) => [partitionKey(end), end.offset]));
}

const sum = (positions: readonly Position[], ends: ReadonlyMap<string, number>): number =>
  positions.reduce((total, position) => total + (ends.get(partitionKey(position)) ?? 0) - position.offset, 0);
