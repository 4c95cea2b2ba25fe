import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier, version as versionText } from '../../kernel/texts.ts';
import { UNCERTAINTIES } from '../../ml/curation/uncertainty.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import { QUEUE_DEFAULTS } from '../../schemas/labelqueues/defaults.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { requestAndFollow } from '../follow.ts';
import { table } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';
import { askedVersion } from '../version/asked.ts';

const SHOWN = 10;
const MAX_SIZE = 1_000;
const MAX_CANDIDATES = 100_000;
const MAX_SEED = 2 ** 31 - 1;

interface Options {
  model?: string;
  version?: string;
  measure: string;
  size: number;
  candidates: number;
  seed: number;
  all?: boolean;
  by: string;
}

/** Adds `label queue`. */
export function addQueue(label: Command): void {
  const queue = label
    .command('queue')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier))
    .option(
      '--version <version>',
      'that is asked (default: the one in production)',
      checked('--version', versionText),
    )
    .addOption(
      new Option('--measure <measure>', 'of uncertainty')
        .choices([...UNCERTAINTIES])
        .default(QUEUE_DEFAULTS.measure),
    )
    .option('--size <number>', 'samples of the queue', within('--size', 1, MAX_SIZE), QUEUE_DEFAULTS.size)
    .option(
      '--candidates <number>',
      'samples that the version is asked about; those without a label first',
      within('--candidates', 1, MAX_CANDIDATES),
      QUEUE_DEFAULTS.candidates,
    )
    .option(
      '--seed <number>',
      'by which candidates are chosen',
      within('--seed', 0, MAX_SEED),
      QUEUE_DEFAULTS.seed,
    )
    .option('--all', 'also samples that have a label of their source, to be looked at again')
    .description('ask a version which samples it is least certain of: `label next` shows these first');
  action<Options>(withBy(queue), async (options, { config, output, model: defaultModel }) => {
    const {
      model = defaultModel,
      version: named,
      measure,
      size,
      candidates,
      seed,
      all = false,
      by,
    } = options;
    const ranked = await withSession(config, async (session) => {
      await modelNamed(session.events, model);
      const { version, package: digest } = await askedVersion(session, model, named);
      const request = newEvent('LabelQueueRequested', {
        ...{ queueId: `${model}-q${randomUUID().slice(0, 8)}`, model, version, package: digest, measure },
        ...{ includesLabelled: all, candidates, size, seed, requestedBy: by },
      });
      const end = await requestAndFollow(session, request, {
        ends: ['LabelQueueRanked', 'LabelQueueRefused'],
      });
      if (end.type === 'LabelQueueRefused') throw refusal(end.data);
      return end.data;
    });
    output.result(ranked);
    const { queueId, version, samples, lacking } = ranked;
    output.line(
      `${queueId}: ${samples.length} of ${ranked.candidates} samples, ${lacking} of which lack a label, by the ${measure} of ${version}`,
    );
    const rows = samples
      .slice(0, SHOWN)
      .map(({ recordId, uncertainty, suggested, confidence }) => [
        ...[recordId, uncertainty.toFixed(3), suggested, confidence.toFixed(3)],
      ]);
    output.line(table(['record', 'uncertainty', 'answer', 'confidence'], rows, output.width));
    output.line(`next: npx epochlog label next --model ${model}`);
  });
}

const within =
  (argument: string, least: number, most: number) =>
  (text: string): number => {
    if (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new EpochlogError(
      'INPUT_INVALID',
      `${argument} takes a whole number from ${least} to ${most}, not '${text}'`,
    );
  };
