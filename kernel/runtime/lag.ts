import type { EventLog, Position } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { inputTopics } from './recall.ts';

const partitionOf = ({ topic, partition }: Position) => `${topic}/${partition}`;

/** How far a service has committed its inputs. */
export const committedBy = async (service: Service, log: EventLog): Promise<Position[]> =>
  log.committed(service.name, await inputTopics(service, log));

/**
 * Records that each service has still to process, by name. All zero means quiet: committed offsets are read before
 * the ends, so if they are equal, everything appended until the second reading had been processed at the first,
 * and what processing emits is appended before its offset is committed.
 */
export async function lagOf(services: readonly Service[], log: EventLog): Promise<Map<string, number>> {
  const committed = await Promise.all(services.map((service) => committedBy(service, log)));
  const topics = new Set(committed.flat().map(({ topic }) => topic));
  const ends = new Map((await log.ends([...topics])).map((end) => [partitionOf(end), end.offset]));
  const behind = (positions: Position[]) =>
    positions.reduce((sum, position) => sum + (ends.get(partitionOf(position)) ?? 0) - position.offset, 0);
  return new Map(services.map((service, i) => [service.name, behind(committed[i]!)]));
}
