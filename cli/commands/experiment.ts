import type { Command } from 'commander';
import { identifier } from '../../kernel/texts.ts';
import { readExperiments } from '../../operations/experiments.ts';
import { readModel } from '../../operations/production.ts';
import { type NewEvent, newEvent } from '../../schemas/catalogue.ts';
import { action, type Invocation } from '../action.ts';
import { answerTo } from '../answer.ts';
import { checked, MODEL_OPTION, REASON, withBy } from '../arguments.ts';
import { modelNamed } from '../declare.ts';
import { describeEvent } from '../describe-event.ts';
import { type DesignOptions, designOf, withDesign } from '../experiment/design.ts';
import { labelsOf, withOwnMetrics } from '../experiment/own-metrics.ts';
import { planOf, tellExperiment } from '../experiment/tell.ts';
import { about } from '../help.ts';
import { cell, day, lists, notFound, type Row } from '../listing.ts';
import { withSession } from '../session.ts';
import { withStore } from '../store.ts';

const BY_EXPERIMENTER = { refused: 'ExperimentRefused', service: 'experimenter' } as const;

interface Asking {
  reason: string;
  by: string;
}

interface Starting extends Asking, DesignOptions {
  model?: string;
}

/** `epochlog experiment start | list | show | stop | conclude | promote`. */
export function register(program: Command): void {
  const experiment = about(program.command('experiment'), 'production', [
    'npx epochlog experiment start shorter-titles --treatment v1.1.0 --traffic 20',
    'npx epochlog experiment list --state running',
    'npx epochlog experiment show shorter-titles',
    "npx epochlog experiment stop shorter-titles --reason 'a client is broken'",
    'npx epochlog experiment conclude shorter-titles',
    'npx epochlog experiment promote shorter-titles',
  ]).description('compare versions of a model on a part of its traffic, and say which one is better');

  const start = experiment
    .command('start')
    .argument('<name>', 'of the experiment, which no other has', checked('name', identifier))
    .description('start an experiment: the routing key of a request says which version answers it')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Starting>(withReason(withDesign(start)), requestStart);

  lists(experiment.command('list'), {
    description: 'the experiments that were started, the newest first',
    query: 'experiments/list',
    params: { model: null, after: [] },
    filters: { state: ['running', 'concluded', 'stopped'] },
    columns: {
      experiment: cell('experimentId'),
      model: cell('model'),
      state: cell('state'),
      verdict: cell('verdict'),
      winner: cell('winner'),
      arms: ({ arms }) => (arms as Row[]).map(({ version }) => version).join(' / '),
      units: ({ units }) => (units as number[]).join(' / ') || '-',
      started: ({ startedAt }) => day(startedAt),
    },
  });

  const show = named(
    experiment,
    'show',
    'an experiment: its arms, the last analysis with all numbers, and how it ended',
  );
  action<object>(show, showExperiment);

  const stop = named(
    experiment,
    'stop',
    'end an experiment without a verdict: production has all its traffic again',
  );
  action<Asking>(withReason(stop), (options, invocation, name = '') =>
    request(newEvent('ExperimentStopRequested', askedOf(name, options)), 'ExperimentStopped', invocation),
  );

  const conclude = named(
    experiment,
    'conclude',
    'analyse an experiment once more, and end it with its verdict',
  );
  action<Asking>(withReason(conclude), (options, invocation, name = '') =>
    request(
      newEvent('ExperimentConcludeRequested', askedOf(name, options)),
      'ExperimentConcluded',
      invocation,
    ),
  );

  const promote = named(
    experiment,
    'promote',
    'deploy the arm that won, as the policy of its model says; follow it by `deploy status`',
  ).option('--arm <name>', 'another arm', checked('--arm', identifier));
  action<Asking & { arm?: string }>(withReason(promote), (options, invocation, name = '') => {
    const asked = { ...askedOf(name, options), arm: options.arm ?? null };
    return request(newEvent('ExperimentPromoteRequested', asked), 'ExperimentPromoted', invocation);
  });
}

const named = (group: Command, command: string, description: string): Command =>
  group
    .command(command)
    .argument('<name>', 'of the experiment', checked('name', identifier))
    .description(description);

const withReason = (command: Command): Command => withBy(command).option(...REASON);

const askedOf = (experimentId: string, { reason, by: requestedBy }: Asking) => ({
  experimentId,
  reason,
  requestedBy,
});

async function requestStart(
  options: Starting,
  { config, output, model: defaultModel }: Invocation,
  name = '',
) {
  const { model = defaultModel } = options;
  await withSession(config, async (session) => {
    await modelNamed(session.events, model); // a misspelt one is refused before it is in the log
    const { production } = await readModel(session.events, model);
    const design = designOf(options, production?.data.version);
    const own = await withOwnMetrics(design.metrics, config.metrics, () =>
      labelsOf(session.events, production?.data.datasetId),
    );
    const asked = newEvent('ExperimentRequested', { ...askedOf(name, options), model, ...design, ...own });
    const started = await answerTo(session, asked, { end: 'ExperimentStarted', ...BY_EXPERIMENTER });
    output.result(started);
    output.line(describeEvent(started));
    output.line(planOf(started.data));
    output.line(`it goes on while \`epochlog up\` runs: see \`epochlog experiment show ${name}\``);
  });
}

async function request(
  asked: NewEvent,
  end: 'ExperimentStopped' | 'ExperimentConcluded' | 'ExperimentPromoted',
  { config, output }: Invocation,
): Promise<void> {
  await withSession(config, async (session) => {
    const answer = await answerTo(session, asked, { end, ...BY_EXPERIMENTER });
    output.result(answer);
    output.line(describeEvent(answer));
  });
}

async function showExperiment(_: object, { config, output }: Invocation, name = ''): Promise<void> {
  await withStore(config, async ({ events }) => {
    const all = await readExperiments(events);
    const found = all.get(name);
    if (!found) throw notFound('experiment', name, all.keys());
    output.result(found);
    tellExperiment(found, output);
  });
}
