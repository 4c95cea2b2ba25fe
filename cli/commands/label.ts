import type { Command } from 'commander';
import { identifier, reason as reasonText } from '../../kernel/texts.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { action } from '../action.ts';
import { answerTo } from '../answer.ts';
import { checked, count, MODEL_OPTION, oneOf, withBy } from '../arguments.ts';
import { about } from '../help.ts';
import { assertClass, classesOf, labelIn, taskOf, wholeNumber } from '../label/given.ts';
import { addQueue } from '../label/queue.ts';
import { day, type Row } from '../listing.ts';
import { columns, printable, table } from '../output.ts';
import { withProjections, withSession } from '../session.ts';

const CHANGES = ['labelled', 'corrected', 'undone', 'source'];
const EXPLANATION = ['--explanation <text>', 'why; it stays in the log'] as const;

interface About {
  model?: string;
  by: string;
}

/** `epochlog label queue | next | submit | undo | list | agreement`: labels from people. */
export function register(program: Command): void {
  const label = about(program.command('label'), 'data', [
    'npx epochlog label queue --model tickets --by ada',
    'npx epochlog label next --model tickets --by ada',
    "npx epochlog label submit t-17 billing --model tickets --explanation 'asks for an invoice' --by ada",
    'npx epochlog label list --model tickets',
    'npx epochlog label agreement --model tickets',
    "npx epochlog label undo t-17 --model tickets --explanation 'the label was right' --by ada",
  ]).description('labels from people: what to label next, giving one, and how far annotators agree');
  addQueue(label);
  addNext(label);
  addSubmit(label);
  addUndo(label);
  addListing(label);
  addAgreement(label);
}

function addNext(label: Command): void {
  const next = label
    .command('next')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option('--limit <number>', 'so many', count, 1)
    .option('--annotators <number>', 'so many people are to label each', count, 1)
    .description('what to label next: records that lack a label, none that you have labelled');
  action<About & { limit: number; annotators: number }>(
    withBy(next),
    async ({ limit, annotators, by: annotator, ...options }, { config, output, model: defaultModel }) => {
      const model = options.model ?? defaultModel;
      await withProjections(config, async (session) => {
        const task = await taskOf(session, model);
        await session.quiet();
        const asked = { task: task.name, annotator, annotators, limit };
        const rows = await session.query<Row & { recordId: string; fields: string }>('labels/next', asked);
        const classes = await classesOf(session, task);
        for (const { fields, ...row } of rows) {
          const record: Record<string, unknown> = JSON.parse(fields);
          output.result({ ...row, fields: record, classes });
          const shown = Object.entries(record).map(([name, value]): [string, string] => [
            name,
            printable(String(value ?? '-')),
          ]);
          output.line(columns([['record', row.recordId], ...shown], output.width));
        }
        if (rows.length === 0) output.line(`no record of ${task.name} lacks a label of ${annotator}`);
        else {
          if (classes.length > 0) output.line(`one of ${classes.join(', ')}`);
          output.line(`next: npx epochlog label submit ${rows[0]!.recordId} LABEL --model ${model}`);
        }
      });
    },
  );
}

function addSubmit(label: Command): void {
  const submit = label
    .command('submit')
    .argument('<record>', 'its id', checked('record', identifier))
    .argument('<label>', 'a class; of several labels, with commas between them; or a number')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(...EXPLANATION, checked('--explanation', reasonText), '')
    .option(
      '--expected-labels <number>',
      'refuse it where another number of people have labelled it',
      wholeNumber,
    )
    .option('--new-class', 'it may be a class that no sample has')
    .description('give a sample a label, or a record that lacks one');
  action<About & { explanation: string; expectedLabels?: number; newClass?: boolean }>(
    withBy(submit),
    async (options, { config, output, model: defaultModel }, recordId = '', given = '') => {
      const { model = defaultModel, explanation, expectedLabels = null, newClass = false, by } = options;
      const recorded = await withSession(config, async (session) => {
        const task = await taskOf(session, model);
        const target = labelIn(task, given);
        if (!newClass) await assertClass(session, task, target);
        const asked = newEvent('SampleLabelled', {
          ...{ task: task.name, recordId, target, explanation, expectedLabels, requestedBy: by },
        });
        const answer = { end: 'LabelRecorded', refused: 'LabelRefused', service: 'curator' } as const;
        return (await answerTo(session, asked, answer)).data;
      });
      output.result(recorded);
      const instead = recorded.replaces ? ', instead of an earlier label' : '';
      output.line(`${recordId}: ${recorded.target}, by ${by}${instead}`);
    },
  );
}

function addUndo(label: Command): void {
  const undo = label
    .command('undo')
    .argument('<record>', 'its id', checked('record', identifier))
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .requiredOption(...EXPLANATION, checked('--explanation', reasonText))
    .description('undo the correction of a label: that of its source counts again');
  action<About & { explanation: string }>(
    withBy(undo),
    async ({ explanation, by, ...options }, { config, output, model: defaultModel }, recordId = '') => {
      const undone = await withSession(config, async (session) => {
        const task = await taskOf(session, options.model ?? defaultModel);
        const about = { task: task.name, recordId, explanation, requestedBy: by };
        const asked = newEvent('LabelCorrectionUndoRequested', about);
        const answer = {
          end: 'LabelCorrectionUndone',
          refused: 'LabelRefused',
          service: 'curator',
        } as const;
        return (await answerTo(session, asked, answer)).data;
      });
      output.result(undone);
      output.line(`${recordId}: ${undone.target} again, not ${undone.from}`);
    },
  );
}

function addListing(label: Command): void {
  const list = label
    .command('list')
    .option('--model <name>', 'only of its task', checked('--model', identifier))
    .option('--record <id>', 'only of one record', checked('--record', identifier))
    .option('--annotator <name>', 'only of one person', checked('--annotator', identifier))
    .option('--change <change>', CHANGES.join(', '), oneOf('--change', CHANGES))
    .option('--limit <number>', 'the last so many', count, 50)
    .description('labels that people gave, and corrections of labels, the newest first');
  interface Options {
    model?: string;
    record?: string;
    annotator?: string;
    change?: string;
    limit: number;
  }
  action<Options>(
    list,
    async ({ model, record = null, annotator = null, change = null, limit }, { config, output }) => {
      await withProjections(config, async (session) => {
        const task = model === undefined ? null : (await taskOf(session, model)).name;
        await session.quiet();
        const filters = { task, recordId: record, annotator, change, after: [], limit };
        const rows = await session.query<Row>('labels/list', filters);
        for (const row of rows) output.result(row);
        const cells = rows.map((row) =>
          [row.recordId, row.change, row.target ?? '-', row.previous ?? row.original ?? '-', row.requestedBy]
            .map((cell) => printable(String(cell)))
            .concat(day(row.changedAt)),
        );
        output.line(
          rows.length === 0
            ? 'there is none'
            : table(['record', 'change', 'label', 'before', 'by', 'when'], cells, output.tableWidth),
        );
      });
    },
  );
}

interface AgreementRow extends Row {
  method: string;
  annotators: number;
  pair: readonly string[];
  samples: number;
  agreement: number;
  chance: number;
  kappa: number | null;
}

function addAgreement(label: Command): void {
  const agreement = label
    .command('agreement')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .description("how far annotators agree: Cohen's kappa of each two, Fleiss' kappa of all");
  action<{ model?: string }>(agreement, async (options, { config, output, model: defaultModel }) => {
    await withProjections(config, async (session) => {
      const task = await taskOf(session, options.model ?? defaultModel);
      await session.quiet();
      const rows = await session.query<AgreementRow>('labels/agreement', { task: task.name });
      for (const row of rows) output.result(row);
      const cells = rows.map(({ method, pair, annotators, samples, agreement, chance, kappa }) => [
        method === 'cohen' ? pair.map(printable).join(', ') : `${annotators} each`,
        method,
        samples,
        agreement.toFixed(3),
        chance.toFixed(3),
        kappa === null ? '-' : kappa.toFixed(3),
      ]);
      output.line(
        rows.length === 0
          ? `no two people have labelled the same sample of ${task.name}`
          : table(
              ['annotators', 'kappa of', 'samples', 'agreement', 'chance', 'kappa'],
              cells,
              output.tableWidth,
            ),
      );
    });
  });
}
