import { headlines, interval, measure, percent, probability } from '../ml/metrics/format.ts';
import type { EventType, NewEvent } from '../schemas/catalogue.ts';
import { measuredBy } from '../schemas/evaluations/measured.ts';
import type { Events } from '../schemas/events.generated.ts';
import { printable } from './output.ts';

/** How many rows were measured, by variant. */
const counted = (rows: readonly { variant?: string; predictions?: number }[]): string =>
  rows
    .map((row) =>
      row.variant === undefined ? fieldsOf(row) : `${row.variant} ${row.predictions} predictions`,
    )
    .join(', ') || 'nothing yet';

const shareText = (share: number): string => `${Number(share.toFixed(2))} %`;

type Describers = { readonly [T in EventType]?: (data: Events[T]) => string };

const answer = (label: string | null, value: number | null): string =>
  label ?? (value === null ? '' : String(Number(value.toPrecision(6))));

/** Who asks, before what; requests of old may not say. */
const by = (name: string | null): string => (name === null ? '' : `${name}: `);

const because = ({ version, reason }: { version: string; reason: string }): string => `${version}: ${reason}`;

const byMetric = (metrics: Readonly<Record<string, number>>): string =>
  headlines(metrics)
    .map(([name, value]) => `${name} ${measure(name, value)}`)
    .join(', ');

/** What the events say that people look for. All others are told by their fields. */
const DESCRIBERS: Describers = {
  CollectionRequested: ({ task, sourceName, from, to, requestedBy }) =>
    [`${by(requestedBy)}records of ${task} in ${sourceName}`, from && `from ${from}`, to && `before ${to}`]
      .filter(Boolean)
      .join(', '),
  RemoteCollectionRequested: ({ task, sourceName, options, from, to, requestedBy }) =>
    [
      `${by(requestedBy)}records of ${task} that ${sourceName} lists`,
      ...Object.entries(options).map(([name, value]) => `${name} ${value}`),
      from && `from ${from}`,
      to && `before ${to}`,
    ]
      .filter(Boolean)
      .join(', '),
  PageCollected: ({ page, records, rejected }) =>
    `page ${page}: ${records} records, ${rejected} lines rejected`,
  PageRequestFailed: ({ page, attempt, reason }) => `page ${page}, attempt ${attempt}: ${reason}`,
  CollectionStarted: ({ collectionId }) => collectionId,
  CollectionCompleted: ({ records, rejected }) => `${records} records, ${rejected} lines rejected`,
  RecordIngested: ({ recordId }) => recordId,
  SampleAccepted: ({ recordId, target }) => `${recordId}: ${target}`,
  SampleDeduplicated: ({ recordId, duplicateOf, matchedBy }) =>
    `${recordId} repeats ${duplicateOf}, by its ${matchedBy}`,
  SampleRejected: ({ recordId, reason, detail }) => `${recordId}: ${reason}, ${detail}`,
  RecordRejected: ({ recordId, line, reason }) => `${recordId}, line ${line}: ${reason}`,
  TrainingReused: ({ reusedFrom, savedSeconds }) =>
    `not trained: ${reusedFrom} had the same inputs, and took ${savedSeconds.toFixed(1)} s`,
  DatasetReused: ({ reusedFrom, savedSeconds }) =>
    `not sealed: ${reusedFrom} is of the same events and rules, and took ${savedSeconds.toFixed(1)} s`,
  EvaluationReused: ({ reusedFrom, savedSeconds }) =>
    `not measured: ${reusedFrom} had the same inputs, and took ${savedSeconds.toFixed(1)} s`,
  DatasetRequested: ({ datasetId, requestedBy }) => `${by(requestedBy)}${datasetId}`,
  DatasetSealed: ({ datasetId, train, validation, test }) =>
    `${datasetId}: ${train} for training, ${validation} for validation, ${test} for the test`,
  ReferenceSampled: ({ datasetId, rows, heldOut }) =>
    `${datasetId}: ${rows.length} of ${heldOut} held-out samples, which windows of predictions are compared with`,
  SearchRequested: ({ searchId, requestedBy, reason }) => `${requestedBy}: ${searchId}, ${reason}`,
  SearchStarted: ({ searchId, engine, datasetId, metric, direction }) =>
    `${searchId}: ${engine} on ${datasetId}, to ${direction} ${metric}`,
  SearchRefused: ({ searchId, reason }) => `${searchId}: ${reason}`,
  TrialStarted: ({ searchId, trial }) => `${searchId} ${trial}`,
  TrialReported: ({ searchId, trial, step, value }) =>
    `${searchId} ${trial}: epoch ${step}, ${answer(null, value)}`,
  TrialPruned: ({ searchId, trial, step }) => `${searchId} ${trial}: at epoch ${step}`,
  TrialCompleted: ({ searchId, trial, value }) => `${searchId} ${trial}: ${answer(null, value)}`,
  TrialFailed: ({ searchId, trial, reason }) => `${searchId} ${trial}: ${reason}`,
  SearchCompleted: ({ searchId, reason, best, value }) =>
    best === null
      ? `${searchId}: ${reason}`
      : `${searchId}: ${reason}; best: trial ${best}, ${answer(null, value)}`,
  ScheduleRequested: ({ requestedBy, schedule, cron, timeZone, action }) =>
    `${requestedBy}: ${schedule}, ${action} at '${cron}' ${timeZone}`,
  ScheduleDeclared: ({ schedule, cron, timeZone, action, model, task, revision }) =>
    `${schedule} (revision ${revision}): ${action} ${model ?? task} at '${cron}' ${timeZone}`,
  ScheduleRemoved: ({ schedule, reason }) => `${schedule}: ${reason}`,
  ScheduleRefused: ({ schedule, reason }) => `${schedule}: ${reason}`,
  ScheduleDue: ({ schedule, dueAt }) => `${schedule}: due at ${new Date(dueAt).toISOString()}`,
  ScheduleMisfired: ({ schedule, lateMs, skipped, misfire }) =>
    `${schedule}: ${Math.round(lateMs / 1_000)} s late, ${skipped} due times left out (${misfire})`,
  NotificationTestRequested: ({ requestedBy, channel }) => `${requestedBy}: a test of ${channel}`,
  NotificationPlanned: ({ channel, title }) => `${channel}: ${title}`,
  NotificationSent: ({ channel, attempt }) => `${channel}: attempt ${attempt} arrived`,
  NotificationAttemptFailed: ({ channel, attempt, reason }) =>
    `${channel}: attempt ${attempt} failed, ${reason}; it is tried again`,
  NotificationFailed: ({ channel, attempt, reason }) =>
    `${channel}: given up after ${attempt} attempts: ${reason}`,
  ReportRequested: ({ requestedBy, model, kind, reason }) => `${requestedBy}: ${kind} of ${model}, ${reason}`,
  ReportWritten: ({ reportId, windows, drifted }) =>
    `${reportId}: ${windows} windows; drifted: ${drifted.join(', ') || 'nothing'}`,
  ReportRefused: ({ reportId, reason }) => `${reportId}: ${reason}`,
  TokenRequested: ({ name, role, requestedBy }) => `${requestedBy}: a token for ${name}, ${role}`,
  TokenCreated: ({ tokenId, name, role, expiresAt }) =>
    `${tokenId} of ${name}: ${role}${expiresAt === null ? '' : `, until ${new Date(expiresAt).toISOString()}`}`,
  TokenRevocationRequested: ({ tokenId, reason, requestedBy }) =>
    `${requestedBy}: ${tokenId} ends, ${reason}`,
  TokenRevoked: ({ tokenId, name, reason, requestedBy }) =>
    `${tokenId} of ${name}, by ${requestedBy}: ${reason}`,
  TokenRefused: ({ tokenId, reason }) => `${tokenId}: ${reason}`,
  DriftCheckRequested: ({ requestedBy, model, reason }) => `${requestedBy}: ${model}, ${reason}`,
  AlertSilenceRequested: ({ requestedBy, monitorId, reason }) => `${requestedBy}: ${monitorId}, ${reason}`,
  AlertSilenced: ({ monitorId, until, reason }) =>
    `${monitorId} until ${new Date(until).toISOString()}: ${reason}`,
  AlertSilenceRefused: ({ monitorId, reason }) => `${monitorId}: ${reason}`,
  AlertUnsilenced: ({ cause, version, reason }) => `${cause} of ${version} outlasts its silence: ${reason}`,
  SilenceEnded: ({ silenceId }) => silenceId,
  MonitorDue: ({ monitorId, check }) => `${monitorId}, look ${check}`,
  ConceptDriftDetected: ({ version, method, before, after, outcomes }) =>
    `errors of ${version} from ${before.toFixed(3)} to ${after.toFixed(3)} (${method}, ${outcomes} outcomes)`,
  DriftCheckRefused: ({ model, reason }) => `${model}: ${reason}`,
  TrainingPlanRequested: ({ requestedBy, reason }) => `${requestedBy}: ${reason}`,
  TrainingPlanned: ({ cause, reason, samples }) => `${cause}: ${reason} (${samples} samples in all)`,
  TrainingPlanConcluded: ({ outcome, version, reason }) => `${version ?? 'no version'} ${outcome}: ${reason}`,
  TrainingRequested: ({ runId, datasetId }) => `${runId} on ${datasetId}`,
  TrainingStarted: ({ runId, engine, seed, fromVersion }) =>
    `${runId} with ${engine}, seed ${seed}${fromVersion === null ? '' : `, from ${fromVersion}`}`,
  EpochCompleted: ({ runId, epoch, trainLoss, validation }) =>
    `${runId} ${epoch}: loss ${trainLoss.toFixed(4)}, ${byMetric(validation)}`,
  ParametersAdopted: ({ searchId, trial, reason }) => `${searchId} trial ${trial}: ${reason}`,
  AdoptionRefused: ({ searchId, reason }) => `${searchId}: ${reason}`,
  TrainingInterrupted: ({ runId, epoch, reason }) => `${runId} after epoch ${epoch}: ${reason}`,
  TrainingResumed: ({ runId, epoch }) => `${runId} after epoch ${epoch}`,
  CheckpointDeleted: ({ runId, epoch }) => `${runId}: that of epoch ${epoch}`,
  TrialPackagesReleased: ({ searchId, kept, released }) =>
    `${searchId}: ${released.length} packages are not needed; those of trials ${kept.join(', ')} stay`,
  PackageDeletionRequested: ({ runId, reason, requestedBy }) => `${requestedBy}: ${runId}, ${reason}`,
  PackageDeleted: ({ runId, reason }) => `${runId}: ${reason}`,
  PackageDeletionRefused: ({ reason }) => reason,
  BatchReduced: ({ runId, epoch, from, to }) =>
    `${runId} ${epoch}: memory ran out; ${to} samples at a time, not ${from}`,
  TrainingCompleted: ({ runId, epochs, seconds, metrics, primaryMetric, augmented }) => {
    const made = Object.entries(augmented).map(([method, count]) => `${count} by ${method}`);
    const more = made.length > 0 ? `; samples made: ${made.join(', ')}` : '';
    return `${runId}: ${epochs} epochs, ${seconds.toFixed(1)} s, ${primaryMetric} ${measure(primaryMetric, metrics[primaryMetric] ?? Number.NaN)} on the validation split${more}`;
  },
  EvaluationCompleted(data) {
    const measured = measuredBy(data, null);
    if (!measured) return `${data.samples} samples`;
    const shown = (value: number) => measure(data.primaryMetric, value);
    const { value, samples, rival, interval: range, pValue } = measured;
    const own = `${data.primaryMetric} ${shown(value)} on ${samples} ${data.datasetId === null ? 'records' : 'test samples'}`;
    if (!rival) return own;
    const details = [
      range && `difference ${interval(data.primaryMetric, range)}`,
      pValue !== null && `p ${probability(pValue)}`,
    ].filter(Boolean);
    return `${own}, ${shown(rival.value)} by ${rival.version}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
  },
  VersionRegistered: ({ version, runId }) => `${version} of ${runId}`,
  VersionApproved: because,
  CrossValidationRequested: ({ requestedBy, folds, foldKind }) =>
    `${requestedBy}: ${folds} folds, ${foldKind}`,
  CrossValidationStarted: ({ crossValidationId, engine, datasetId, folds }) =>
    `${crossValidationId}: ${engine} in ${folds} folds of ${datasetId}`,
  FoldMeasured: ({ crossValidationId, fold, metrics, primaryMetric }) =>
    `${crossValidationId} fold ${fold}: ${primaryMetric} ${answer(null, metrics[primaryMetric] ?? null)}`,
  CrossValidationCompleted: ({ crossValidationId, primaryMetric, summary }) =>
    `${crossValidationId}: ${primaryMetric} ${measure(primaryMetric, summary[0]?.mean ?? Number.NaN)} over ${summary[0]?.perFold.length ?? 0} folds`,
  CrossValidationFailed: ({ crossValidationId, code, reason }) => `${crossValidationId} (${code}): ${reason}`,
  CrossValidationRefused: ({ crossValidationId, code, reason }) =>
    `${crossValidationId} (${code}): ${reason}`,
  ContributionRequested: ({ contributor, dataName, baseline }) =>
    `${contributor}: ${dataName}, to ${baseline ?? 'the version in production'}`,
  ContributionIntegrated: ({ contributor, added, duplicates, invalid, baseline }) =>
    `${contributor}: ${added} added to those of ${baseline}, ${duplicates} duplicates, ${invalid} invalid`,
  ContributionChecked: ({ contributor, labels: { share, records } }) =>
    `the baseline gives ${(100 * share).toFixed(1)} % of the labels of ${records} records of ${contributor}`,
  DeltaMeasured: ({ contributionId, baseline, samples }) =>
    `${contributionId} beside ${baseline} on ${samples} samples`,
  ContributionAccepted: ({ contributionId, reason }) => `${contributionId}: ${reason}`,
  ContributionRefused: ({ contributionId, code, reason }) => `${contributionId} (${code}): ${reason}`,
  DatasetExtensionRequested: ({ datasetId, extends: base }) => `${datasetId}, from ${base}`,
  AliasesRequested: ({ changes, requestedBy }) =>
    `${requestedBy}: ${changes.map(({ alias, version }) => `${alias} to ${version ?? 'nothing'}`).join(', ')}`,
  AliasesChanged: ({ aliases }) =>
    Object.entries(aliases)
      .map(([alias, version]) => `${alias} is ${version}`)
      .join(', ') || 'no alias is left',
  AliasesRefused: ({ code, reason }) => `refused (${code}): ${reason}`,
  VersionExpired: ({ version, reason }) => `${version}: its package is deleted; ${reason}`,
  VersionTagged: ({ version, tags }) =>
    `${version}: ${Object.entries(tags)
      .map(([name, value]) => `${name}=${value}`)
      .join(', ')}`,
  NextVersionRequested: ({ change, requestedBy }) => `${requestedBy}: the next version is a ${change} one`,
  ReviewRequested: ({ version, reviewers, requestedBy }) =>
    `${requestedBy}: ${version}, by ${reviewers.join(', ') || 'anybody'}`,
  ReviewGiven: ({ reviewId, outcome, comment, requestedBy }) =>
    `${requestedBy} on ${reviewId}: ${outcome}${comment && `, ${comment}`}`,
  ReviewOpened: ({ version, reviewId, approvals, requestedBy }) =>
    `${reviewId} of ${version}, for ${requestedBy}; approvals that it needs: ${approvals}`,
  ReviewRecorded: ({ version, outcome, comment, requestedBy }) =>
    `${requestedBy} on ${version}: ${outcome}${comment && `, ${comment}`}`,
  ReviewConcluded: ({ version, outcome, reason }) => `${version} ${outcome}: ${reason}`,
  ReviewOverdue: ({ version, missing }) => `the review of ${version} is overdue: ${missing} are missing`,
  ReviewRefused: ({ reviewId, reason }) => `${reviewId}: ${reason}`,
  GatesRequested: ({ version, target, requestedBy }) => `${requestedBy}: ${version} for ${target}`,
  GatesEvaluated: ({ version, target, passed, checks }) =>
    `${version} ${passed ? 'passes' : 'does not pass'} the gates of ${target}: ${
      checks.flatMap((check) => (check.passed ? [] : [check.reason])).join(', and ') ||
      `all ${checks.length} bounds are kept`
    }`,
  GatesRefused: ({ version, reason }) => `${version}: ${reason}`,
  VersionPromoted: because,
  PromotionRefused: because,
  VersionArchived: because,
  VersionRolledBack: because,
  PromotionRequested: ({ version, reason, requestedBy }) => `${requestedBy}: ${version}, ${reason}`,
  RetirementRequested: ({ reason, requestedBy }) => `${requestedBy}: ${reason}`,
  RunCancelRequested: ({ runId, reason, requestedBy }) => `${requestedBy}: ${runId}, ${reason}`,
  EvaluationRequested: ({ model, version, dataName, datasetId, requestedBy }) =>
    `${by(requestedBy)}${version ?? `a run of ${model}`} on ${dataName ?? datasetId}`,
  ModelRetired: ({ reason }) => reason,
  RollbackRequested: ({ to, reason, requestedBy }) =>
    `${requestedBy}: ${to === null ? '' : `to ${to}, `}${reason}`,
  DeploymentRequested: ({ version, strategy, requestedBy, reason }) =>
    `${version}${strategy === null ? '' : ` as ${strategy}`}, by ${requestedBy}: ${reason}`,
  DeploymentStarted: ({ version, previous, strategy, stages }) =>
    `${version} beside ${previous ?? 'nothing'}: ${strategy}${stages.length > 1 ? ` ${stages.join(', ')} %` : ''}`,
  TrafficShifted: ({ version, share, previousShare, reason }) =>
    `${version} gets ${share} % of the traffic, ${previousShare} % before: ${reason}`,
  StagePassed: ({ version, stage, reason }) => `${version} passed stage ${stage}: ${reason}`,
  StageFailed: ({ version, stage, reason }) => `${version} failed stage ${stage}: ${reason}`,
  DeploymentCompleted: ({ version, strategy, reason }) => `${version} is deployed (${strategy}): ${reason}`,
  DeploymentRolledBack: ({ version, previous, code, reason }) =>
    `${version} is rolled back, ${previous ?? 'nothing'} has all the traffic (${code}): ${reason}`,
  DeploymentRefused: ({ version, code, reason }) => `${version ?? 'it'} is not deployed (${code}): ${reason}`,
  ServingDegraded: ({ version, instance, predictions, failures, slow }) =>
    `${instance}: of ${predictions} predictions by ${version} ${failures} failed and ${slow} were slow`,
  GuardTripped: ({ version, reason }) => `${version}: ${reason}`,
  ExperimentRequested: ({ arms, reason, requestedBy }) =>
    `${arms.map(({ name, version }) => `${name} ${version}`).join(', ')}, by ${requestedBy}: ${reason}`,
  ExperimentStarted: ({ arms, traffic, metrics }) =>
    `${arms.map(({ name, version, share }) => `${name} ${version} ${shareText(share)}`).join(', ')} of ${shareText(traffic)} of the traffic, by ${metrics.flatMap(({ metric, role }) => (role === 'primary' ? [metric] : [])).join(', ')}`,
  ExperimentRefused: ({ code, reason }) => `refused (${code}): ${reason}`,
  ExperimentAnalysed: ({ review, verdict, reasons }) =>
    `analysis ${review}, ${verdict}: ${reasons.map(({ message }) => message).join('; ')}`,
  ExperimentConcluded: ({ verdict, winner, version, reason }) =>
    `${verdict}${winner === null ? '' : ` ${winner} (${version})`}: ${reason}`,
  ExperimentStopped: ({ code, reason }) => `stopped (${code}): ${reason}`,
  ExperimentPromoted: ({ arm, version, deploymentId }) =>
    `${version}, which is ${arm}, by deployment ${deploymentId}`,
  ArmFailed: ({ experimentId, arm, version, instance, reason }) =>
    `${instance} cannot serve ${version}, which is ${arm} of ${experimentId}: ${reason}`,
  CandidateReady: ({ version, instance, p95Ms }) =>
    `${instance} has ${version} loaded and warm, p95 ${p95Ms.toFixed(1)} ms`,
  CandidateFailed: ({ version, instance, reason }) => `${instance} cannot serve ${version}: ${reason}`,
  MeasurementRequested: ({ query, requestedBy }) => `${query}, for the ${requestedBy}`,
  MeasurementCompleted: ({ query, rows }) => `${query}: ${counted(JSON.parse(rows))}`,
  ShadowPredicted: ({ version, label, value, answeredVersion, answeredLabel, answeredValue }) =>
    `${answer(label, value)} by ${version}, ${answer(answeredLabel, answeredValue)} by ${answeredVersion}, which answered`,
  VersionServing: ({ version, instance }) => `${instance} serves ${version}`,
  ServingFailed: ({ version, served, instance, reason }) =>
    `${instance} cannot serve ${version}, ${served ?? 'nothing'} answers: ${reason}`,
  ServingEnded: ({ instance }) => `${instance} answers no more`,
  PredictionServed: ({ label, value, confidence, version, latencyMs }) =>
    `${answer(label, value)}${confidence === null ? '' : ` ${percent(confidence)}`} by ${version}, ${latencyMs.toFixed(1)} ms`,
  OutcomeReported: ({ label, value, source }) => `in truth ${answer(label, value)}, says ${source}`,
  DriftMeasured({ window, predictions, features }) {
    const [most] = features.toSorted((a, b) => b.psi - a.psi);
    const drifted = features.filter(({ drifted }) => drifted).map(({ feature }) => feature);
    const moved = most ? `, ${most.feature} moved most (PSI ${most.psi.toFixed(2)})` : '';
    return `window ${window} of ${predictions}${moved}: ${drifted.length > 0 ? `drifted: ${drifted.join(', ')}` : 'no drift'}`;
  },
  QualityMeasured: ({ metric, value, labelled, reference, pValue }) =>
    `${metric} ${measure(metric, value)} on ${labelled}, ${measure(metric, reference)} on the test split, p ${probability(pValue)}`,
  AlertRaised: ({ cause, version, reason }) => `${cause} of ${version}: ${reason}`,
  AlertResolved: ({ alertId, reason }) => `${alertId}: ${reason}`,
  PolicyChanged: ({ requestedBy }) => `by ${requestedBy}`,
  ModelDeclared: ({ task, engine, version }) => `version ${version}, of ${task}, with ${engine}`,
  TaskDeclared: ({ version }) => `version ${version}`,
};

const MAX_FIELDS = 5;

/** What an event says, on one line. */
export function describeEvent({ type, data }: NewEvent): string {
  // the describer of a type takes the data of that type
  const describe = DESCRIBERS[type] as ((of: NewEvent['data']) => string) | undefined;
  return printable(describe ? describe(data) : fieldsOf(data));
}

/** The fields of data that have a plain value, the first few. */
const fieldsOf = (data: object): string =>
  Object.entries(data)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
    .slice(0, MAX_FIELDS)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
