import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { identifier, reason, version as versionText } from '../../kernel/texts.ts';
import { readReviews } from '../../operations/reviews.ts';
import type { EventReader } from '../../schemas/catalogue.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { approversOf, type Review } from '../../schemas/models/reviews.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { lasting } from '../lasting.ts';
import { notFound } from '../listing.ts';
import { toMinute } from '../moment.ts';
import { columns, table } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

interface Requested {
  model?: string;
  reviewer: readonly string[];
  deadline?: number;
  notes: string;
  id?: string;
  by: string;
}

/** `epochlog review request | approve | reject | comment | list | show`: people decide on a version. */
export function register(program: Command): void {
  const review = about(program.command('review'), 'production', [
    'npx epochlog review request v1.1.0 --reviewer grace --deadline 3d --by ada',
    "npx epochlog review approve REVIEW --comment 'looks good' --by grace",
    "npx epochlog review reject REVIEW --comment 'worse on short texts' --by grace",
    "npx epochlog review comment REVIEW --comment 'and long texts?' --by bob",
    'npx epochlog review list --open',
    'npx epochlog review show REVIEW',
  ]).description('ask people to review a version, and say what they think of it');
  addRequest(review);
  addOpinion(review, 'approve', 'approved', 'approve a version');
  addOpinion(review, 'reject', 'changes_requested', 'request changes: the version stays out');
  addOpinion(review, 'comment', 'comment', 'say something that decides nothing');
  addList(review);
  addShow(review);
}

function addRequest(review: Command): void {
  const request = review
    .command('request')
    .argument('<version>', 'version, such as v1.0.0', checked('version', versionText))
    .description('ask people to review a version')
    .option(
      '--reviewer <name>',
      'who is asked; may be given several times (default: everybody)',
      (text: string, before: readonly string[]) => [...before, checked('--reviewer', identifier)(text)],
      [],
    )
    .option(
      '--deadline <duration>',
      'such as 3d; then it is overdue (default: that of the policy)',
      lasting('--deadline'),
    )
    .option('--notes <text>', 'what to look at', checked('--notes', reason), '')
    .option('--id <id>', 'of the review (default: a new one)', checked('--id', identifier))
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Requested>(
    withBy(request),
    async (options, { config, output, model: defaultModel }, version = '') => {
      const { model = defaultModel, reviewer, deadline, notes, by, id = randomUUID().slice(0, 8) } = options;
      const opened = await withSession(config, async (session) => {
        await modelNamed(session.events, model);
        const event = newEvent('ReviewRequested', {
          ...{ model, version, reviewId: id, reviewers: [...reviewer], notes, requestedBy: by },
          deadline: deadline === undefined ? null : Date.now() + deadline,
        });
        const end = await requestAndFollow(session, event, { ends: ['ReviewOpened', 'ReviewRefused'] });
        if (end.type === 'ReviewRefused') throw refusal(end.data);
        return end.data;
      });
      output.result(opened);
      output.line(
        `review ${opened.reviewId} of ${version} is open; approvals that it needs: ${opened.approvals}`,
      );
      output.line(`next, by someone else: npx epochlog review approve ${opened.reviewId}`);
    },
  );
}

function addOpinion(review: Command, name: string, outcome: string, description: string): void {
  const command = review
    .command(name)
    .argument('<review>', 'its id', checked('review', identifier))
    .description(description)
    .option('--comment <text>', 'why; it stays in the log', checked('--comment', reason), '');
  action<{ comment: string; by: string }>(
    withBy(command),
    async ({ comment, by }, { config, output }, reviewId = '') => {
      const { recorded, concluded } = await withSession(config, async (session) => {
        const { model } = await reviewNamed(session.events, reviewId);
        const given = newEvent('ReviewGiven', { model, reviewId, outcome, comment, requestedBy: by });
        const end = await requestAndFollow(session, given, { ends: ['ReviewRecorded', 'ReviewRefused'] });
        if (end.type === 'ReviewRefused') throw refusal(end.data);
        return { recorded: end.data, concluded: (await reviewNamed(session.events, reviewId)).state };
      });
      output.result({ ...recorded, state: concluded });
      output.line(`${by} on ${recorded.version}: ${outcome.replace('_', ' ')}`);
      output.line(
        concluded === 'open'
          ? `review ${reviewId} is open; approvals so far: ${recorded.approvals}`
          : `review ${reviewId} has ended: ${concluded.replace('_', ' ')}`,
      );
    },
  );
}

function addList(review: Command): void {
  const list = review
    .command('list')
    .description('the reviews, the newest first')
    .option('--model <name>', 'only of one model', checked('--model', identifier))
    .option('--open', 'only those that are open');
  action<{ model?: string; open?: boolean }>(list, async ({ model, open = false }, { config, output }) => {
    const all = await withStore(config, ({ events }) => readReviews(events));
    const shown = [...all.values()]
      .filter((one) => (model === undefined || one.model === model) && (!open || one.state === 'open'))
      .reverse();
    for (const one of shown) output.result(one);
    const rows = shown.map((one) => [
      ...[one.reviewId, one.model, one.version, stateOf(one)],
      `${approversOf(one).length} of ${one.approvals}`,
      one.deadline === null ? null : toMinute(one.deadline),
    ]);
    output.line(
      rows.length === 0
        ? 'there is none'
        : table(['review', 'model', 'version', 'state', 'approvals', 'until'], rows, output.tableWidth),
    );
  });
}

function addShow(review: Command): void {
  const show = review.command('show').argument('<review>', 'its id').description('a review: who said what');
  action(show, async (_, { config, output }, reviewId = '') => {
    const found = await withStore(config, ({ events }) => reviewNamed(events, reviewId));
    output.result(found);
    const { model, version, reviewers, notes, requestedBy, opinions } = found;
    const fields: [string, string][] = [
      ['version', `${version} of ${model}`],
      ['state', stateOf(found)],
      ['asked by', requestedBy],
      ['reviewers', reviewers.join(', ') || 'anybody'],
      ['notes', notes || '-'],
    ];
    output.line(columns(fields, output.width));
    for (const { requestedBy: who, outcome, comment } of opinions)
      output.line(`  ${who}: ${outcome.replace('_', ' ')}${comment && `, ${comment}`}`);
  });
}

const stateOf = ({ state, overdue }: Review): string =>
  `${state.replace('_', ' ')}${overdue && state === 'open' ? ', overdue' : ''}`;

async function reviewNamed(events: Pick<EventReader, 'scan'>, id: string): Promise<Review> {
  const reviews = await readReviews(events);
  const found = reviews.get(id);
  if (!found) throw notFound('review', id, reviews.keys());
  return found;
}
