import { table } from '../output.ts';
import { isProved, type Migration, type Moved, type Readiness } from './migrate.ts';
import type { ComparedPartition } from './walk.ts';

/** Hexadecimal digits of a digest that are shown to people. */
const SHOWN = 16;

export function tellReadiness(readiness: Readiness, { config, output }: Migration): void {
  const { records, present, unpublished, partitions } = readiness;
  output.result({ ready: true, home: config.home, log: addressOf(config.log), ...readiness });
  output.line(table(['topic', 'partition', 'in Kafka'], partitions.map(placeCells)));
  for (const subject of unpublished) output.line(`${subject}: a schema never published would be registered`);
  output.line(`${records - present} of ${records} records are to be moved from ${config.home}`);
  output.line(`${addressOf(config.log)} is ready`);
}

/** What was moved and what proves it, for people ending with what to type next. */
export function tellMoved(moved: Moved, { config, output }: Migration): void {
  const { records, present, partitions, groups, artifacts, projections } = moved;
  const proved = isProved(moved);
  const recordsPerSecond = Math.round(records / moved.seconds);
  output.result({
    proved,
    home: config.home,
    log: addressOf(config.log),
    registry: config.registry,
    recordsPerSecond,
    ...moved,
  });
  if (artifacts !== null) output.line(`${artifacts} artifacts are in s3://${config.artifacts?.bucket}`);
  const filled = partitions.filter((partition) => partition.records > 0);
  output.line(
    table(
      ['topic', 'partition', 'records', 'SHA-256 in the home', 'in Kafka'],
      filled.map((partition) => [
        ...placeCells(partition),
        partition.source.slice(0, SHOWN),
        partition.target.slice(0, SHOWN),
      ]),
    ),
  );
  output.line(
    `${moved.moved} records moved${present > 0 ? `, ${present} were there` : ''}: ` +
      `${moved.seconds.toFixed(1)} s, ${recordsPerSecond} records/s`,
  );
  output.line(
    table(
      ['service', 'records left in the home', 'in Kafka', ''],
      groups.map(({ group, left }) => [
        group,
        left.source,
        left.target,
        left.target < left.source ? 'has gone on' : 'equal',
      ]),
    ),
  );
  output.line(
    `Projections rebuilt from Kafka, beside ${WITH[projections.with]}` +
      `${projections.why === null ? '' : ` (those at work will not do: ${projections.why})`}`,
  );
  output.line(
    table(
      ['projection', 'rows', 'from Kafka', ''],
      projections.tables.map(({ table: name, rows, rebuiltRows, equal }) => [
        name,
        rows,
        rebuiltRows,
        equal ? 'equal' : 'DIFFERS',
      ]),
    ),
  );
  output.line(
    `left out: ${projections.without.join(' and ')}, the place in the log; all other columns are compared`,
  );
  output.line(
    proved ? `proved: ${addressOf(config.log)} holds what ${config.home} holds` : 'NOT proved: see DIFFERS',
  );
  if (proved) tellNext({ config, output });
}

const WITH = { live: 'those of the home', rebuilt: 'others rebuilt from the log of the home' } as const;

function tellNext({ config, output }: Pick<Migration, 'config' | 'output'>): void {
  const { home, log, registry, artifacts } = config;
  const needed = artifacts ? 'EPOCHLOG_CLICKHOUSE' : 'EPOCHLOG_CLICKHOUSE and EPOCHLOG_ARTIFACTS';
  output.line('\nNext');
  output.line(`  export EPOCHLOG_HOME=${home} EPOCHLOG_LOG=${addressOf(log)} EPOCHLOG_REGISTRY=${registry}`);
  output.line('  npx epochlog up              all services in one process, or');
  output.line(`  npx epochlog service NAME    each in processes of its own, with ${needed}`);
  if (!artifacts)
    output.line('Artifacts are in the home; run again with EPOCHLOG_ARTIFACTS, they are stored there.');
  output.line(
    'Projections are filled from Kafka anew. Do not start services on the log of the home any more.',
  );
}

const addressOf = (brokers: readonly string[] = []): string => `kafka://${brokers.join(',')}`;

const placeCells = ({ topic, partition, records }: ComparedPartition): (string | number)[] => [
  topic,
  partition,
  records,
];
