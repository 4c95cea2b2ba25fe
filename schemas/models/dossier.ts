import type { LoggedEvent } from '../catalogue.ts';
import type { EvaluationCompleted } from '../events.generated.ts';
import type { Lineage, LineageEvent } from './lineage.ts';

type Facts = (readonly [name: string, value: string])[];

/** What a report or a model card tells of a run and its version, in plain words and numbers. */
export function dossierOf(lineage: Lineage) {
  const { model, runId, declared, epochs, evaluation, registered } = lineage;
  return {
    ...{ model, runId, version: registered?.data.version ?? null },
    declared: declared?.data ?? null,
    configuration: configurationOf(lineage),
    environment: environmentOf(lineage),
    epochs: epochs.map(({ data: { epoch, trainLoss, validation } }) => ({ epoch, trainLoss, validation })),
    evaluation: evaluation ? measuredOf(evaluation.data) : null,
    decisions: lineage.events.flatMap(decisionOf),
  };
}

function measuredOf(data: EvaluationCompleted) {
  const { evaluationId, samples, primaryMetric, metrics, lower, upper, operational, suites } = data;
  const { perClass, confusion } = data;
  return {
    evaluationId,
    samples,
    primaryMetric,
    metrics,
    lower,
    upper,
    operational,
    perClass,
    confusion,
    suites,
  };
}

function configurationOf({
  runId,
  started,
  reused,
  reported,
  dataset,
  registered,
  completed,
}: Lineage): Facts {
  const params = started?.data.params ?? reported?.data.params ?? {};
  const given: (readonly [string, string | undefined])[] = [
    ['run', runId],
    ['trained as', reused?.data.reusedFrom],
    ['engine', started?.data.engine ?? reported?.data.trainer],
    ['seed', started && String(started.data.seed)],
    ['started from', started?.data.fromVersion ?? undefined],
    ...Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ['dataset', dataset?.data.datasetId],
    ['content hash of the dataset', dataset?.data.contentHash],
    ['training samples', dataset && String(dataset.data.train)],
    ['validation samples', dataset && String(dataset.data.validation)],
    ['test samples', dataset && String(dataset.data.test)],
    ['epochs', completed && `${completed.data.epochs}, the best ${completed.data.bestEpoch}`],
    ['package', registered?.data.package ?? completed?.data.package],
    ['hash of the model', registered?.data.modelHash ?? completed?.data.modelHash],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** What the training ran on, as far as its epochs say it. */
function environmentOf({ epochs, completed, reported }: Lineage): Facts {
  const most = (of: (data: LoggedEvent<'EpochCompleted'>['data']) => number | null): number =>
    Math.max(0, ...epochs.map(({ data }) => of(data) ?? 0));
  const device = epochs.findLast(({ data }) => data.device !== null)?.data.device;
  const wattHours = epochs.reduce((sum, { data }) => sum + (data.energy?.wattHours ?? 0), 0);
  const [memory, cpu] = [most(({ rssBytes }) => rssBytes), most(({ cpuPercent }) => cpuPercent)];
  const given: (readonly [string, string | undefined])[] = [
    ['device', device ?? undefined],
    ['seconds', completed?.data.seconds.toFixed(1)],
    ['most memory', memory > 0 ? `${Math.round(memory / 2 ** 20)} MB` : undefined],
    ['most CPU', cpu > 0 ? `${Math.round(cpu)} % of one core` : undefined],
    ['energy, estimated', wattHours > 0 ? `${wattHours.toPrecision(3)} Wh` : undefined],
    ...Object.entries(reported?.data.libraries ?? {}),
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function decisionOf(event: LineageEvent): (readonly [string, string, string, string])[] {
  const { type, data, time } = event;
  const told = (what: string, who: string, why: string) => [
    [new Date(time).toISOString().slice(0, 16).replace('T', ' '), what, who, why] as const,
  ];
  switch (type) {
    case 'VersionRegistered':
      return told('registered', 'registrar', '');
    case 'GatesEvaluated':
      return told(
        `gates of ${data.target} ${data.passed ? 'passed' : 'failed'}`,
        data.requestedBy,
        data.checks.flatMap(({ passed, reason }) => (passed ? [] : [reason])).join('; '),
      );
    case 'ReviewRecorded':
      return told(`review: ${data.outcome.replaceAll('_', ' ')}`, data.requestedBy, data.comment);
    case 'VersionApproved':
    case 'VersionPromoted':
    case 'VersionRolledBack':
    case 'PromotionRefused':
      return told(DECIDED[type], data.requestedBy, data.reason);
    case 'VersionArchived':
      return told('archived', 'registrar', data.reason);
    default:
      return [];
  }
}

const DECIDED = {
  VersionApproved: 'approved by the policy',
  VersionPromoted: 'promoted',
  VersionRolledBack: 'rolled back to',
  PromotionRefused: 'promotion refused',
} as const;
