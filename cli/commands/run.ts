import type { Command } from 'commander';
import { parseDeclaration } from '../../kernel/declaration.ts';
import { identifier } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { assertCancellable } from '../../schemas/runs/states.ts';
import { reportedRun } from '../../tasks/reported-run.ts';
import { action } from '../action.ts';
import { checked, REASON, withBy } from '../arguments.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { readTextFile } from '../input-file.ts';
import { addList, addShow, cell, day } from '../listing.ts';
import { tagOf, tagValue } from '../projects/tags.ts';
import { refusal } from '../refusal.ts';
import { addRunReport } from '../reports/command.ts';
import { addCompare, findRun } from '../runs/compare.ts';
import { addReproduce } from '../runs/reproduce.ts';
import { addTag } from '../runs/tag.ts';
import { addTensorboard } from '../runs/tensorboard.ts';
import { withSession } from '../session.ts';
import { type ChangeOptions, changeOf, withChange } from '../version/change.ts';

/** `epochlog run list | show | compare | tag | reproduce | tensorboard | report | import | cancel`. */
export function register(program: Command): void {
  const run = about(program.command('run'), 'training', [
    'npx epochlog run list --status failed',
    'npx epochlog run show account-health-r1',
    'npx epochlog run compare account-health-r1 account-health-r2',
    'npx epochlog run compare account-health-r1 account-health-r2 --lower loss',
    'npx epochlog run tag account-health-r1 team=flowers project=churn',
    'npx epochlog run reproduce account-health-r1',
    'npx epochlog run reproduce --mlflow c0ee7e13f6d742b0b4bc6eabe62f6062',
    'npx epochlog run tensorboard --out curves',
    'npx epochlog run report account-health-r1 --out run.html',
    'npx epochlog run import run.yaml --by ada',
    "npx epochlog run cancel account-health-r3 --reason 'wrong data'",
  ]).description(
    'training runs: show, compare, tag and reproduce them, also in TensorBoard or as a page, import one of another trainer, cancel one',
  );
  addList(run, {
    description: 'the training runs there were but the trials of searches, the newest first',
    query: 'runs/list',
    texts: {
      project: ['name', 'of one project', tagValue],
      tag: ['name=value', 'with this tag', (text) => Object.values(tagOf(text)).join('=')],
    },
    filters: { status: ['requested', 'running', 'interrupted', 'completed', 'failed', 'cancelled'] },
    columns: {
      run: cell('runId'),
      status: cell('status'),
      engine: cell('engine'),
      dataset: cell('datasetId'),
      epochs: cell('epochs'),
      seconds: ({ seconds }) => (typeof seconds === 'number' ? Number(seconds.toFixed(1)) : null),
      ended: ({ endedAt }) => day(endedAt),
      reason: cell('reason'),
    },
  });
  addShow(run, {
    what: 'run',
    description: 'a run: its dataset, hyperparameters, metrics on the validation split',
    find: ({ query }, runId) => findRun(query, runId),
  });
  addCompare(run);
  addTag(run);
  addReproduce(run);
  addTensorboard(run);

  addRunReport(run);

  const imported = run
    .command('import')
    .argument('<file>', 'what the trainer says of the run, YAML')
    .description('write a run that has ended, with a stored package or with a failure');
  action<{ by: string } & ChangeOptions>(
    withBy(withChange(imported)),
    async ({ by, ...options }, { config, output }, file = '') => {
      const asked = changeOf(options);
      const told = parseDeclaration(file, await readTextFile(file), reportedRun);
      const reported = { ...told, change: asked ?? told.change };
      await withSession(config, async (session) => {
        const request = newEvent('RunReported', { ...reported, requestedBy: reported.requestedBy ?? by });
        const end = await requestAndFollow(session, request, {
          ends: ['RunRefused', 'TrainingCompleted', 'TrainingFailed'],
        });
        const { runId } = reported;
        if (end.type === 'RunRefused') {
          throw refusal(end.data);
        }
        output.result(end);
        output.line(
          end.type === 'TrainingCompleted'
            ? `${runId} is in the log; its package is being evaluated`
            : `${runId} is in the log: ${end.data.reason}`,
        );
      });
    },
  );

  const cancel = run
    .command('cancel')
    .argument('<run>', 'its id, as `train` and GET /v1/runs show it')
    .description('stop a run that has not ended: it ends without a model')
    .option(...REASON);
  action<{ reason: string; by: string }>(
    withBy(cancel),
    async ({ reason, by }, { config, output }, argument = '') => {
      const runId = checked('<run>', identifier)(argument);
      await withSession(config, async (session) => {
        await assertCancellable(session.events, runId);
        const request = newEvent('RunCancelRequested', { runId, reason, requestedBy: by });
        const end = await requestAndFollow(session, request, {
          isFollowed: ({ key }) => key === runId,
          ends: ['RunCancelled', 'RunCancelRefused'],
        });
        if (end.type === 'RunCancelRefused') {
          throw refusal(end.data);
        }
        output.result(end);
        output.line(`${runId} is cancelled: it ended without a model`);
      });
    },
  );
}
