import type { Command } from 'commander';
import type { DeadLetter } from '../../kernel/dead-letters/dead-letter.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import type { Store } from '../../operations/session.ts';
import { ALL_STREAMS, type StreamName } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { count, REASON, streamNamed, withBy } from '../arguments.ts';
import { showList } from '../dlq/list.ts';
import { followRedrive, showRequested } from '../dlq/redrive.ts';
import { showDeadLetter } from '../dlq/show.ts';
import { about } from '../help.ts';
import { printable } from '../output.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

interface Filter {
  stream?: StreamName;
  service?: string;
  code?: string;
}

interface Listing extends Filter {
  all?: boolean;
  limit: number;
}

interface Redriving extends Filter {
  all?: boolean;
  reason: string;
  by: string;
  /** false with --no-wait */
  wait: boolean;
}

/** `epochlog dlq list | show | redrive | discard`: the dead-letter queue. */
export function register(program: Command): void {
  const dlq = about(program.command('dlq'), 'look', [
    'npx epochlog dlq list',
    'npx epochlog dlq show records/0@12',
    'npx epochlog dlq redrive --all --by ada',
    "npx epochlog dlq discard records/0@12 --reason 'not ours'",
  ]).description('the dead-letter queue: events that a service could not process');
  addList(dlq);
  addShow(dlq);
  addRedrive(dlq);
  addDiscard(dlq);
}

const withFilters = (command: Command): Command =>
  command
    .option('--stream <name>', `only of one stream: ${ALL_STREAMS.join(', ')}`, streamNamed)
    .option('--service <name>', 'only of one service')
    .option('--code <code>', 'only with one error, such as ARTIFACT_MISSING');

function addList(dlq: Command): void {
  const list = withFilters(dlq.command('list').description('show open dead letters, the latest last'))
    .option('--all', 'also redriven and discarded ones')
    .option('--limit <number>', 'the last so many', count, 50);
  action<Listing>(list, ({ limit, ...filter }, { config, output }) =>
    withStore(config, async ({ deadLetters }) => {
      const found = await deadLetters.list(filter);
      showList(found.slice(-limit), found.length, filter.all === true, output);
    }),
  );
}

function addShow(dlq: Command): void {
  const show = dlq
    .command('show')
    .argument('<id>', 'of a dead letter, such as records/0@12')
    .description('show one: the event, the error, the attempts');
  action<object>(show, (_, { config, output }, id = '') =>
    withStore(config, async ({ deadLetters }) => showDeadLetter(await deadLetters.show(id), output)),
  );
}

function addRedrive(dlq: Command): void {
  const redrive = withFilters(
    dlq
      .command('redrive')
      .argument('[ids...]', 'of dead letters, such as records/0@12')
      .description('let their services process the events again, and wait for the outcome'),
  )
    .option('--all', 'all open ones, instead of ids; the filters apply')
    .option(...REASON)
    .option('--no-wait', 'do not wait for the services, nor start them');
  action<Redriving>(withBy(redrive), async ({ wait, ...options }, { config, output }, ...ids) => {
    assertChoice(ids, options);
    const { all, reason, by, ...filter } = options;
    const request = async ({ deadLetters }: Store): Promise<readonly DeadLetter[]> => {
      const chosen = all ? (await deadLetters.list(filter)).map(({ id }) => id) : ids;
      if (chosen.length === 0) output.line('no open dead letters');
      return deadLetters.redrive(chosen, { reason, requestedBy: by });
    };
    if (wait)
      await withSession(config, async (session) => followRedrive(session, await request(session), output));
    else await withStore(config, async (store) => showRequested(await request(store), output));
  });
}

function addDiscard(dlq: Command): void {
  const discard = dlq
    .command('discard')
    .argument('<ids...>', 'of dead letters, such as records/0@12')
    .description('close dead letters without processing them again')
    .requiredOption(REASON[0], REASON[1], REASON[2]);
  action<{ reason: string; by: string }>(withBy(discard), ({ reason, by }, { config, output }, ...ids) =>
    withStore(config, async ({ deadLetters }) => {
      if (reason.trim() === '') throw new EpochlogError('INPUT_INVALID', '--reason says nothing');
      for (const deadLetter of await deadLetters.discard(ids, { reason, requestedBy: by })) {
        output.result(deadLetter);
        output.line(`${deadLetter.id}: discarded (${printable(reason)})`);
      }
    }),
  );
}

/** INPUT_INVALID unless dead letters are chosen by id, or by --all with filters. */
function assertChoice(ids: readonly string[], { all, stream, service, code }: Omit<Redriving, 'wait'>): void {
  const isFiltered = (stream ?? service ?? code) !== undefined;
  if (all ? ids.length === 0 : ids.length > 0 && !isFiltered) return;
  throw new EpochlogError(
    'INPUT_INVALID',
    'name the dead letters to redrive, or use --all; --stream, --service and --code filter --all',
  );
}
