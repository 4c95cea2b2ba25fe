import type { Catalogue } from '../catalogue.ts';
import { EpochlogError } from '../errors.ts';
import { partitionKey } from '../partitions.ts';
import type { EventLog, Position } from '../ports/log.ts';
import type { Service } from '../service.ts';
import { topologyOf } from './topology.ts';

/**
 * The lag of each service by name; `reached` are the positions of services that commit no offsets. Committed offsets
 * are read before end offsets, and outputs are appended before their offset counts as committed. So if all lags are
 * zero, everything appended until the second reading had been processed at the first. LOG_CORRUPT when a committed
 * offset lies behind the end offset: the lag would never be zero.
 */
export async function lagOf(
  services: readonly Service[],
  log: EventLog,
  catalogue: Catalogue,
  reached: ReadonlyMap<string, readonly Position[]> = NOTHING,
): Promise<Map<string, number>> {
  const topics = await Promise.all(services.map((service) => consumedBy(service, log, catalogue)));
  return lagIn(new Map(services.map(({ name }, index) => [name, topics[index]!])), log, reached);
}

const consumedBy = async (
  service: Service,
  log: EventLog,
  catalogue: Catalogue,
): Promise<readonly string[]> => (await topologyOf(service, log, catalogue)).consumed;

/** The lag of services in the topics that each consumes. */
async function lagIn(
  topicsOf: ReadonlyMap<string, readonly string[]>,
  log: EventLog,
  reached: ReadonlyMap<string, readonly Position[]>,
): Promise<Map<string, number>> {
  const committed = await Promise.all(
    [...topicsOf].map(async ([name, topics]) => [name, await log.committed(name, topics)] as const),
  );
  const done = new Map([...reached, ...committed]);
  const ends = await endsOf([...done.values()].flat(), log);
  assertReachable(
    committed.flatMap(([, positions]) => positions),
    ends,
  );
  return new Map([...done].map(([name, positions]) => [name, sum(positions, ends)]));
}

/**
 * Tells, asked again and again, whether any service has lag. The one that had lag at the last time is asked first, and
 * alone: mostly it still has, and the others need not be read.
 */
export class LagCheck {
  #behind: string | undefined;
  /** what each service consumes: a running one keeps to what there was at its start */
  readonly #topics = new Map<string, readonly string[]>();

  /** The same services at each call. Whether none has lag, see `lagOf`. */
  async isNone(
    services: readonly Service[],
    log: EventLog,
    catalogue: Catalogue,
    reached: ReadonlyMap<string, readonly Position[]> = NOTHING,
  ): Promise<boolean> {
    for (const service of services)
      if (!this.#topics.has(service.name))
        this.#topics.set(service.name, await consumedBy(service, log, catalogue));
    const suspect = [...this.#topics].filter(([name]) => name === this.#behind);
    if (suspect.length > 0 && behindIn(await lagIn(new Map(suspect), log, NOTHING))) return false;
    this.#behind = behindIn(await lagIn(this.#topics, log, reached));
    return this.#behind === undefined;
  }
}

const NOTHING: ReadonlyMap<string, readonly Position[]> = new Map();

const behindIn = (lags: ReadonlyMap<string, number>): string | undefined =>
  [...lags].find(([, records]) => records > 0)?.[0];

async function endsOf(positions: readonly Position[], log: EventLog): Promise<Map<string, number>> {
  const topics = new Set(positions.map(({ topic }) => topic));
  const ends = await log.endOffsets([...topics]);
  return new Map(ends.map((end) => [partitionKey(end), end.offset]));
}

function assertReachable(committed: readonly Position[], ends: ReadonlyMap<string, number>): void {
  for (const position of committed) {
    const end = ends.get(partitionKey(position)) ?? 0;
    if (position.offset <= end) continue;
    throw new EpochlogError(
      'LOG_CORRUPT',
      `offset ${position.offset} of ${partitionKey(position)} has been committed, and the partition ends at ${end}: ` +
        'the log has lost records; restore it from a backup',
    );
  }
}

const sum = (positions: readonly Position[], ends: ReadonlyMap<string, number>): number =>
  positions.reduce((total, position) => total + (ends.get(partitionKey(position)) ?? 0) - position.offset, 0);
