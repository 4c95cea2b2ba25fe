import type { Command } from 'commander';
import { environment, identifier, version as versionText } from '../../kernel/texts.ts';
import { policyOf } from '../../operations/declared.ts';
import { evaluateBeside, lastEvaluation } from '../../operations/evaluations.ts';
import { readModel } from '../../operations/production.ts';
import type { Session } from '../../operations/session.ts';
import { newEvent } from '../../schemas/catalogue.ts';
import type {
  GatesEvaluatedGateCheck as GateCheck,
  GatesEvaluated,
  VersionRegistered,
} from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked, MODEL_OPTION, withBy } from '../arguments.ts';
import { EXIT } from '../exit.ts';
import { requestAndFollow } from '../follow.ts';
import { about } from '../help.ts';
import { noVersion } from '../listing.ts';
import { type Output, table } from '../output.ts';
import { refusal } from '../refusal.ts';
import { withSession } from '../session.ts';

interface Options {
  model?: string;
  target: string;
  by: string;
}

/** `epochlog gate VERSION`: whether a version passes the gates of its policy; the exit code says it to a pipeline. */
export function register(program: Command): void {
  const gate = about(program.command('gate'), 'production', [
    'npx epochlog gate v1.1.0',
    'npx epochlog gate v1.1.0 --target staging --json',
  ])
    .argument('<version>', 'version, such as v1.0.0', checked('version', versionText))
    .description('whether a version passes the gates of its policy: exit code 0, or 3')
    .option('--target <environment>', 'where it is to go', checked('--target', environment), 'production')
    .option('--model <name>', MODEL_OPTION, checked('--model', identifier));
  action<Options>(withBy(gate), async (options, { config, output, model: defaultModel }, version = '') => {
    const { model = defaultModel, target, by: requestedBy } = options;
    const evaluated = await withSession(config, async (session) => {
      const { versions, production } = await readModel(session.events, model);
      const found = versions.get(version)?.data;
      if (!found) throw noVersion(model, version, versions.keys());
      const rival = production?.data;
      if (rival && rival.version !== version) await measureBeside(session, found, rival, requestedBy);
      const request = newEvent('GatesRequested', { model, version, target, requestedBy });
      const end = await requestAndFollow(session, request, { ends: ['GatesEvaluated', 'GatesRefused'] });
      if (end.type === 'GatesRefused') throw refusal(end.data);
      return end.data;
    });
    show(evaluated, output);
    if (!evaluated.passed) process.exitCode = EXIT.refused.code;
  });
}

/** Measures a version beside the one in production, where a gate compares them and that was not done yet. */
async function measureBeside(
  session: Session,
  version: VersionRegistered,
  rival: { version: string; package: string },
  requestedBy: string,
): Promise<void> {
  const { gates } = (await policyOf(session.events, version.model)).promotion;
  if (!gates.some(({ ofBaseline, regression }) => ofBaseline !== null || regression !== null)) return;
  const last = await lastEvaluation(session.events, version.package);
  if (last?.baseline?.version === rival.version) return;
  const request = evaluateBeside(version, rival, requestedBy);
  const end = await requestAndFollow(session, request, { ends: ['EvaluationCompleted', 'EvaluationFailed'] });
  if (end.type === 'EvaluationFailed') throw refusal(end.data);
}

function show(evaluated: GatesEvaluated, output: Output): void {
  const { version, target, checks, passed, policyVersion } = evaluated;
  output.result(evaluated);
  const of = policyVersion === 0 ? 'the default policy' : `version ${policyVersion} of the policy`;
  if (checks.length === 0) {
    output.line(`${of} has no gate for ${target}: ${version} passes`);
    return;
  }
  const shown = (value: number | null) => (value === null ? '-' : Number(value.toPrecision(4)));
  const rows = checks.map((check) => [
    markOf(check),
    check.metric,
    shown(check.value),
    `${check.comparison} ${shown(check.threshold)}${check.rule === 'minimum' || check.rule === 'maximum' ? '' : ` (${check.rule})`}`,
    shown(check.baseline),
    check.unit,
  ]);
  output.line(table(['', 'metric', 'value', 'must be', 'production', 'unit'], rows, output.tableWidth));
  for (const { reason } of checks.filter((check) => !check.passed)) output.line(`  ${reason}`);
  const verdict = passed ? 'passes' : 'does not pass';
  output.line(
    output.paint(passed ? 'good' : 'bad', `${version} ${verdict} the gates of ${target}, by ${of}`),
  );
}

const markOf = ({ passed, level }: GateCheck): string =>
  passed ? 'ok' : level === 'warning' ? 'warning' : 'failed';
