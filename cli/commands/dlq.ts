import type { Command } from 'commander';
import type { DeadLetter } from '../../kernel/dead-letters/letter.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { ALL_STREAMS, type StreamName } from '../../kernel/event.ts';
import { identifier, reason } from '../../kernel/texts.ts';
import type { Store } from '../../operations/session.ts';
import { action } from '../action.ts';
import { checked, count, streamNamed } from '../arguments.ts';
import { showList } from '../dlq/list.ts';
import { follow, showOrders } from '../dlq/retry.ts';
import { showLetter } from '../dlq/show.ts';
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

interface Retrying extends Filter {
  all?: boolean;
  reason: string;
  by: string;
  /** false with --no-wait */
  wait: boolean;
}

const BY = ['--by <name>', 'who asks for it', checked('--by', identifier), 'cli'] as const;
const aReason = checked('--reason', reason);

/** `epochlog dlq list | show | retry | discard`: the events that a service could not take. */
export function register(program: Command): void {
  const dlq = program.command('dlq').description('the events that a service could not take: dead letters');
  addList(dlq);
  addShow(dlq);
  addRetry(dlq);
  addDiscard(dlq);
}

const withFilters = (command: Command): Command =>
  command
    .option('--stream <name>', `only of one stream: ${ALL_STREAMS.join(', ')}`, streamNamed)
    .option('--service <name>', 'only of one service')
    .option('--code <code>', 'only with one error, such as ARTIFACT_MISSING');

function addList(dlq: Command): void {
  const list = withFilters(dlq.command('list').description('show those that are open, the latest last'))
    .option('--all', 'also those that were tried again or discarded')
    .option('--limit <number>', 'the last so many', count, 50);
  action<Listing>(list, ({ limit, ...filter }, { config, output }) =>
    withStore(config, async ({ deadLetters }) => {
      const letters = await deadLetters.list(filter);
      showList(letters.slice(-limit), letters.length, filter.all === true, output);
    }),
  );
}

function addShow(dlq: Command): void {
  const show = dlq
    .command('show')
    .argument('<id>', 'of a dead letter, such as papers/0@12')
    .description('show all there is to know of one: the event, the error, what was tried');
  action<object>(show, (_, { config, output }, id = '') =>
    withStore(config, async ({ deadLetters }) => showLetter(await deadLetters.show(id), output)),
  );
}

function addRetry(dlq: Command): void {
  const retry = withFilters(
    dlq
      .command('retry')
      .argument('[ids...]', 'of dead letters, such as papers/0@12')
      .description('let their services take the events once more, and follow how it ends'),
  )
    .option('--all', 'all that are open, instead of ids; the filters choose among them')
    .option('--reason <text>', 'why; it stays in the log', aReason, 'asked for on the command line')
    .option(...BY)
    .option('--no-wait', 'do not wait for the services, nor start them');
  action<Retrying>(retry, async ({ wait, ...options }, { config, output }, ...ids) => {
    assertChoice(ids, options);
    const { all, reason, by, ...filter } = options;
    const order = async ({ deadLetters }: Store): Promise<readonly DeadLetter[]> => {
      const chosen = all ? (await deadLetters.list(filter)).map(({ id }) => id) : ids;
      if (chosen.length === 0) output.line('no open dead letters');
      return deadLetters.retry(chosen, { reason, requestedBy: by });
    };
    if (wait) await withSession(config, async (session) => follow(session, await order(session), output));
    else await withStore(config, async (store) => showOrders(await order(store), output));
  });
}

function addDiscard(dlq: Command): void {
  const discard = dlq
    .command('discard')
    .argument('<ids...>', 'of dead letters, such as papers/0@12')
    .description('close those whose events need nothing more')
    .requiredOption('--reason <text>', 'why; it stays in the log', aReason)
    .option(...BY);
  action<{ reason: string; by: string }>(discard, ({ reason, by }, { config, output }, ...ids) =>
    withStore(config, async ({ deadLetters }) => {
      if (reason.trim() === '') throw new EpochlogError('INPUT_INVALID', '--reason says nothing');
      for (const letter of await deadLetters.discard(ids, { reason, requestedBy: by })) {
        output.result(letter);
        output.line(`${letter.id}: discarded (${printable(reason)})`);
      }
    }),
  );
}

/** INPUT_INVALID unless letters are chosen by their ids alone, or by filters of all. */
function assertChoice(ids: readonly string[], { all, stream, service, code }: Omit<Retrying, 'wait'>): void {
  const isFiltered = (stream ?? service ?? code) !== undefined;
  if (all ? ids.length === 0 : ids.length > 0 && !isFiltered) return;
  throw new EpochlogError(
    'INPUT_INVALID',
    'name the dead letters that are to be tried again, or say --all; --stream, --service and --code choose among --all',
  );
}
