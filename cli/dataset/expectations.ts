import type { Command } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { action } from '../action.ts';
import { notFound } from '../listing.ts';
import { table } from '../output.ts';
import { withProjections } from '../session.ts';

interface Found {
  readonly expectation: string;
  readonly severity: string;
  readonly holds: boolean;
  readonly share: number;
  readonly bound: number;
  readonly failed: number;
  readonly rows: readonly string[];
}

/** Adds `dataset expectations`. */
export function addExpectations(dataset: Command): void {
  const command = dataset
    .command('expectations')
    .argument('<dataset>', 'its id')
    .description('how a dataset, sealed or refused, met what its task expects of it');
  action(command, async (_, { config, output }, id = '') => {
    await withProjections(config, async (session) => {
      await session.quiet();
      const found = await session.query<Found>('datasets/expectations', {
        datasetId: id,
        after: [],
        limit: 1_000,
      });
      if (found.length === 0) {
        const [known] = await session.query('datasets/by-id', { datasetId: id });
        if (!known) {
          const all = await session.query<{ datasetId: string }>('datasets/list', {
            model: null,
            limit: 100,
          });
          throw notFound(
            'dataset',
            id,
            all.map(({ datasetId }) => datasetId),
          );
        }
        throw new EpochlogError(
          'NOT_FOUND',
          `nothing was expected of ${id}: add 'expectations' to the task file`,
        );
      }
      output.result(found);
      const headings = ['expectation', 'severity', 'holds', 'share', 'bound', 'failed', 'rows'];
      const rows = found.map(({ expectation, severity, holds, share, bound, failed, rows: ids }) => [
        expectation,
        severity,
        holds ? 'yes' : 'NO',
        percent(share),
        percent(bound),
        failed,
        ids.slice(0, 5).join(', '),
      ]);
      output.line(table(headings, rows, output.width));
    });
  });
}

const percent = (share: number) => `${Number((100 * share).toFixed(2))} %`;
