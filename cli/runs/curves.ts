import type { Curves, Point } from '../../ml/tensorboard/event-file.ts';
import type { EventReader, LoggedEvent } from '../../schemas/catalogue.ts';

const TYPES = [
  'TrainingStarted',
  'EpochCompleted',
  'TrainingCompleted',
  'TrainingFailed',
  'RunCancelled',
] as const;

/** A run as it is read. */
interface Read {
  readonly start: LoggedEvent<'TrainingStarted'>;
  readonly points: Point[];
  end?: LoggedEvent<'TrainingCompleted' | 'TrainingFailed' | 'RunCancelled'>;
}

/** The learning curves of the runs of a model, or of all, in the order in which they started. */
export async function learningCurves(events: EventReader, model?: string): Promise<Curves[]> {
  const runs = new Map<string, Read>();
  for await (const event of events.scan(TYPES)) {
    const { runId } = event.data;
    if (event.type === 'TrainingStarted') {
      if (model === undefined || event.data.model === model) runs.set(runId, { start: event, points: [] });
      continue;
    }
    const run = runs.get(runId);
    if (!run) continue;
    if (event.type === 'EpochCompleted') run.points.push(pointOf(event));
    else run.end = event;
  }
  return [...runs.values()].sort((a, b) => a.start.time - b.start.time).map(curvesOf);
}

function pointOf({ time, data }: LoggedEvent<'EpochCompleted'>): Point {
  const { epoch, trainLoss, validation, learningRate, gradientNorm, samplesPerSecond, rssBytes } = data;
  const values = [
    ['train/loss', trainLoss],
    ['train/learningRate', learningRate],
    ['train/gradientNorm', gradientNorm],
    ['train/samplesPerSecond', samplesPerSecond],
    ['train/rssBytes', rssBytes],
    ...Object.entries(validation).map(([name, value]) => [`validation/${name}`, value]),
  ].filter(([, value]) => value !== null);
  return { time, step: epoch, values: Object.fromEntries(values) };
}

function curvesOf({ start, points, end }: Read): Curves {
  const { runId, model, datasetId, engine, seed, params } = start.data;
  const settings = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ]);
  return {
    name: runId,
    started: start.time,
    ended: end?.time ?? null,
    status: statusOf(end),
    parameters: { model, dataset: datasetId, engine, seed, ...Object.fromEntries(settings) },
    points,
  };
}

function statusOf(end: Read['end']): Curves['status'] {
  if (!end) return 'running';
  return end.type === 'TrainingCompleted' ? 'succeeded' : 'failed';
}
