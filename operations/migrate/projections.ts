import { digest, type TableDigest } from '../../infra/warehouse/digest.ts';
import { type Codec, createCodec } from '../../kernel/codec.ts';
import type { Position } from '../../kernel/ports/log.ts';
import type { Warehouse } from '../../kernel/ports/warehouse.ts';
import { isDeadLetterTopic } from '../../kernel/topics.ts';
import { loadSchemas } from '../../schemas/load.ts';
import type { Store } from '../session.ts';
import { compareTables, rebuiltDigests, type TableComparison } from '../verify/rebuild.ts';
import type { Snapshot } from './source-log.ts';

/** Columns of projections that say where in the log an event is: the one thing in which the logs differ. */
const PLACE_COLUMNS = ['partition', 'offset'];

/** The projections of both logs, table by table. */
export interface ComparedProjections {
  /** with what those of the target were compared: those at work, or others, made anew from the embedded log */
  with: 'live' | 'rebuilt';
  /** why not with those at work */
  why: string | null;
  /** columns left out of every table */
  without: readonly string[];
  tables: TableComparison[];
}

export interface ProjectionsOptions {
  snapshot: Snapshot;
  /** the warehouse at work on the embedded log */
  warehouse: Warehouse;
  target: Pick<Store, 'log' | 'codec'>;
  /** where the target ends, as far as it holds the records of the embedded log */
  upTo: readonly Position[];
}

/**
 * Rebuilds every projection from the target, and compares it with the one at work: or, where that is not what the
 * embedded log says, with one rebuilt from the embedded log.
 */
export async function compareProjections(options: ProjectionsOptions): Promise<ComparedProjections> {
  const { snapshot, warehouse, target, upTo } = options;
  const events = upTo.filter(({ topic }) => !isDeadLetterTopic(topic));
  const there = await rebuiltDigests(target, events, warehouse, PLACE_COLUMNS);
  const behind = await projectorLag(snapshot);
  const compared = (how: ComparedProjections['with'], why: string | null, here: readonly TableDigest[]) => ({
    with: how,
    why,
    without: PLACE_COLUMNS,
    tables: compareTables(here, there),
  });
  if (behind === 0) {
    const live = compared('live', null, await digest(warehouse, PLACE_COLUMNS));
    if (live.tables.every(({ equal }) => equal)) return live;
  }
  const why = behind > 0 ? `they lack ${behind} events` : 'they are not what the embedded log says';
  const here = { log: snapshot.log, codec: await readingCodec(snapshot) };
  const ends = snapshot.ends.filter(({ topic }) => !isDeadLetterTopic(topic));
  return compared('rebuilt', why, await rebuiltDigests(here, ends, warehouse, PLACE_COLUMNS));
}

async function projectorLag({ log, ends }: Snapshot): Promise<number> {
  const events = ends.filter(({ topic }) => !isDeadLetterTopic(topic));
  const committed = await log.committed('projector', [...new Set(events.map(({ topic }) => topic))]);
  const sum = (positions: readonly Position[]) => positions.reduce((total, { offset }) => total + offset, 0);
  return sum(events) - sum(committed);
}

/** A codec that only decodes asks for no ids of its own schemas, and so registers none. */
const readingCodec = ({ log: { registry } }: Snapshot): Promise<Codec> =>
  createCodec({ idOf: async () => 0, schemaOf: (id) => registry.schemaOf(id) }, loadSchemas());
