import type { Command } from 'commander';
import { filesOfBundle } from '../../kernel/bundle.ts';
import { EpochlogError } from '../../kernel/errors.ts';
import { identifier } from '../../kernel/texts.ts';
import { type EventReader, type LoggedEvent, newEvent } from '../../schemas/catalogue.ts';
import type { TrainingCompleted, TrainingRequested } from '../../schemas/events.generated.ts';
import { action } from '../action.ts';
import { checked } from '../arguments.ts';
import { requestAndFollow } from '../follow.ts';
import { notFound } from '../listing.ts';
import { withSession } from '../session.ts';

/** A run that ended with a package, and how it was asked for. */
interface Reproducible {
  readonly request: TrainingRequested;
  readonly completed: TrainingCompleted;
  /** how often it was reproduced before */
  readonly before: number;
}

/** Adds `run reproduce RUN`. */
export function addReproduce(group: Command): void {
  const reproduce = group
    .command('reproduce')
    .argument('[run]', 'its id, as `train` and GET /v1/runs show it')
    .option('--mlflow <id>', 'the id that it has on a tracking server of MLflow instead, see docs/mlflow.md')
    .description('train a run again from what the log says of it, and compare the packages byte for byte');
  action<{ mlflow?: string }>(reproduce, async ({ mlflow }, { config, output }, argument) => {
    if ((argument === undefined) === (mlflow === undefined))
      throw new EpochlogError('INPUT_INVALID', 'name the run, or with --mlflow its id on a server of MLflow');
    const named = checked(mlflow === undefined ? '<run>' : '--mlflow', identifier)(argument ?? mlflow!);
    await withSession(config, async (session) => {
      const runId = mlflow === undefined ? named : await mirroredRun(session.events, named);
      const { request, completed, before } = await reproducible(session.events, runId);
      const again = newEvent('TrainingRequested', {
        ...request,
        runId: `${runId}-again${before + 1}`,
        reproduces: runId,
        searchId: null,
      });
      const end = await requestAndFollow(session, again, {
        ends: ['TrainingCompleted', 'TrainingFailed', 'RunCancelled'],
        watched: ['EpochCompleted'],
        onEvent: ({ data: { epoch } }) => output.progress(`epoch ${epoch} of ${completed.epochs}`),
      });
      if (end.type !== 'TrainingCompleted') {
        throw new EpochlogError(
          'CONFLICT',
          `${again.data.runId} did not end with a package: ${end.data.reason}`,
        );
      }
      const sums = (digest: string) => session.artifacts.get(digest);
      const isSame = completed.package === end.data.package;
      if (!isSame && !(await session.artifacts.has(completed.package))) {
        throw new EpochlogError(
          'CONFLICT',
          `${end.data.runId} is not what ${runId} was; which files differ is not known, since the package of ${runId} is not there any more`,
        );
      }
      const differing = isSame
        ? []
        : differingFiles(await sums(completed.package), await sums(end.data.package));
      if (differing.length > 0) throw new EpochlogError('CONFLICT', whyOf(runId, end, differing));
      output.result({ runId, again: end.data.runId, package: completed.package });
      output.line(`${end.data.runId}: the same package, byte for byte (${completed.package})`);
    });
  });
}

/** The run that the mirror has written as this one. NOT_FOUND, or CONFLICT when it is no run of a trainer of ours. */
async function mirroredRun(events: Pick<EventReader, 'scan'>, mlflowRunId: string): Promise<string> {
  for await (const { data } of events.scan(['EventMirrored'])) {
    if (data.mlflowRunId !== mlflowRunId) continue;
    if (data.eventType.startsWith('Training')) return data.aggregate;
    throw new EpochlogError(
      'CONFLICT',
      `run ${mlflowRunId} is the search ${data.aggregate}: name the run of one of its trials`,
    );
  }
  for await (const { data } of events.scan(['TrackedRunStarted']))
    if (data.runId === mlflowRunId)
      throw new EpochlogError(
        'CONFLICT',
        `run ${mlflowRunId} was tracked by a client of MLflow: only who trained it can repeat it`,
      );
  throw new EpochlogError(
    'NOT_FOUND',
    `no run of this log is ${mlflowRunId} on a server of MLflow; its tag epochlog.run_id says which one it is`,
  );
}

/** The run as the log has it, all of its parameters written out. NOT_FOUND, or CONFLICT when it has no package of this trainer. */
async function reproducible(events: Pick<EventReader, 'scan'>, runId: string): Promise<Reproducible> {
  let request: TrainingRequested | undefined;
  let params: TrainingRequested['params'] | undefined;
  let completed: TrainingCompleted | undefined;
  let before = 0;
  const known: string[] = [];
  for await (const { type, data } of events.scan([
    'TrainingRequested',
    'TrainingStarted',
    'TrainingCompleted',
  ])) {
    if (type === 'TrainingStarted') known.push(data.runId);
    if (type === 'TrainingRequested' && data.reproduces === runId) before++;
    if (data.runId !== runId) continue;
    if (type === 'TrainingRequested') request ??= data;
    else if (type === 'TrainingCompleted') completed = data;
    else params = data.params;
  }
  if (!params) throw notFound('run', runId, known);
  if (!request)
    throw new EpochlogError(
      'CONFLICT',
      `run ${runId} was trained elsewhere, and reported: only who trained it can repeat it`,
    );
  if (!completed)
    throw new EpochlogError('CONFLICT', `run ${runId} has no package: it did not end, or failed`);
  return { request: { ...request, params }, completed, before };
}

/** Names of the files that are not the same in two packages, given their SHA256SUMS. */
export function differingFiles(one: Uint8Array, other: Uint8Array): string[] {
  const digests = (sums: Uint8Array) =>
    new Map<string, string>(filesOfBundle(sums).map(({ name, digest }) => [name, digest]));
  const [a, b] = [digests(one), digests(other)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name)).sort();
}

const whyOf = (
  runId: string,
  { data }: LoggedEvent<'TrainingCompleted'>,
  differing: readonly string[],
): string =>
  `${data.runId} is not ${runId}: ${differing.join(', ')} ${differing.length === 1 ? 'differs' : 'differ'}${
    differing.includes('model.onnx')
      ? '; was it trained by another version of epochlog, on another kind of processor or device?'
      : ', but the model is the same'
  }`;
