import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Inference, InferenceSession } from '../../kernel/ports/inference.ts';
import type { EpochReport, Parameters } from '../../ml/engines/engine.ts';
import { completeParameters, engineNamed, engineNames } from '../../ml/engines.ts';
import { InvalidInput } from '../../ml/errors.ts';
import { outputGradient } from '../../ml/evaluation/gradient.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import { measure, numbersIn } from '../../ml/metrics/measure.ts';
import { type OpenPackage, openPackage } from '../../ml/package/open.ts';
import { predictAll } from '../../services/evaluator/measure.ts';
import type { Sample } from '../../services/evaluator/samples.ts';
import { trainingTools } from '../../services/trainer/tools.ts';
import { type PackageFolder, readPackageFolder } from './package-folder.ts';

/** One thing that was checked. `passed` is null where it could not be tried, which is no failure. */
export interface Check {
  readonly name: string;
  readonly passed: boolean | null;
  readonly told: string;
}

/** What a metric should be. */
export interface Expected {
  readonly metric: string;
  readonly value: number;
}

/** What the checks are made with. */
export interface Bench {
  readonly found: PackageFolder;
  readonly opened: OpenPackage;
  readonly samples: readonly Sample[];
  readonly inference: Inference;
  /** with pretrained encoders */
  readonly cache: string;
}

const SAVED_SAMPLES = 100;
const TRAINED_SAMPLES = 2_000;
const BATCHES = [1, 32, 256];
const RUNS = 20;
const LATENCY_MS = 3_000;

/** Asks the model about all samples, and holds its metrics against what is expected. */
export async function metricChecks(
  { opened, samples }: Bench,
  session: InferenceSession,
  expected: readonly Expected[],
  tolerance: number,
): Promise<{ checks: Check[]; metrics: Record<string, number>; scores: DenseMatrix }> {
  const scores = await predictAll(opened, session, samples);
  const metrics = numbersIn(measure(opened.task, scores, samples));
  const areNumbers = scores.values.every(Number.isFinite);
  const runs: Check = {
    name: 'runs',
    passed: areNumbers,
    told: areNumbers ? `${samples.length} records answered` : 'an answer is no finite number',
  };
  const checks = expected.map(({ metric, value }): Check => {
    const own = metrics[metric];
    if (own === undefined)
      return {
        name: metric,
        passed: false,
        told: `not measured; there are: ${Object.keys(metrics).join(', ')}`,
      };
    const distance = Math.abs(own - value);
    const told = `${shown(own)}, expected ${shown(value)} ± ${tolerance}`;
    return { name: metric, passed: distance <= tolerance, told };
  });
  return { checks: [runs, ...checks], metrics, scores };
}

/** Writes the package into another folder, loads it from there, and compares its answers bit by bit. */
export async function savedCheck({ found, samples, inference }: Bench, scores: DenseMatrix): Promise<Check> {
  const folder = await mkdtemp(join(tmpdir(), 'epochlog-package-'));
  let session: InferenceSession | undefined;
  try {
    for (const [name, bytes] of found.files) await writeFile(join(folder, name), bytes);
    const opened = openPackage((await readPackageFolder(folder)).files);
    session = await inference.open(opened.onnx);
    const again = await predictAll(opened, session, samples.slice(0, SAVED_SAMPLES));
    const differing = again.values.findIndex((value, at) => !Object.is(value, scores.values[at]));
    const told =
      differing < 0
        ? `the same answers to ${again.rows} records`
        : `another answer to record ${1 + Math.floor(differing / again.columns)}`;
    return { name: 'saved and loaded', passed: differing < 0, told };
  } finally {
    await session?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Trains one epoch with the engine of the package on the records, and looks at the loss and the gradient. */
export async function trainingCheck(bench: Bench, scores: DenseMatrix): Promise<Check> {
  const name = 'training step';
  const { engine, imported, parameters } = bench.found.pkg.metadata;
  if (imported === true || typeof engine !== 'string' || !engineNames().includes(engine))
    return { name, passed: null, told: 'not tried: the package was made elsewhere' };
  try {
    const report = await oneEpoch(bench, engine, parameters as Parameters);
    const norm = report.gradientNorm ?? normOf(outputGradient(bench.opened.task, scores, bench.samples));
    const passed = Number.isFinite(report.trainLoss) && Number.isFinite(norm) && norm > 0;
    const of = report.gradientNorm === undefined ? 'gradient of its answers' : 'gradient';
    return { name, passed, told: `loss ${shown(report.trainLoss)}, norm of the ${of} ${shown(norm)}` };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const isSetting = error.code === 'weights';
    return {
      name,
      passed: isSetting ? null : false,
      told: `${isSetting ? 'not tried: ' : ''}${error.message}`,
    };
  }
}

async function oneEpoch(
  { opened, samples, cache }: Bench,
  engine: string,
  parameters: Parameters,
): Promise<EpochReport> {
  const known = Object.keys(engineNamed(engine).parameters.shape);
  const limits = Object.fromEntries(
    ['maxEpochs', 'maxRounds'].filter((name) => known.includes(name)).map((name) => [name, 1]),
  );
  const rows = samples.slice(0, TRAINED_SAMPLES);
  const cut = Math.ceil(0.8 * rows.length);
  const { promise, resolve } = Promise.withResolvers<EpochReport>();
  await engineNamed(engine).train({
    task: opened.task,
    schema: opened.schema,
    train: rows.slice(0, cut),
    validation: rows.slice(cut),
    parameters: completeParameters(engine, { ...parameters, ...limits }),
    seed: 1,
    signal: new AbortController().signal,
    checkpoint: { load: async () => undefined, save: async () => {}, isDue: () => false },
    tools: trainingTools(cache),
    onProgress: () => {},
    onEpoch: (report) => resolve(report),
    onBatchReduced: () => {},
  });
  return promise;
}

/** Milliseconds of a batch, from the instances to the scores. */
export interface Latency {
  readonly batch: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export async function latencies({ opened, samples }: Bench, session: InferenceSession): Promise<Latency[]> {
  const measured: Latency[] = [];
  for (const batch of BATCHES) {
    const instances = Array.from({ length: batch }, (_, at) => samples[at % samples.length]!.instance);
    const times: number[] = [];
    const end = performance.now() + LATENCY_MS;
    for (let run = 0; run <= RUNS && (run < 3 || performance.now() < end); run++) {
      const started = performance.now();
      await opened.score(instances, session.run);
      if (run > 0) times.push(performance.now() - started); // the first one warms up
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.ceil(share * times.length) - 1]!;
    measured.push({ batch, p50Ms: at(0.5), p95Ms: at(0.95) });
  }
  return measured;
}

const normOf = (gradient: Float64Array): number =>
  Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));

const shown = (value: number): string => String(Number(value.toPrecision(4)));
