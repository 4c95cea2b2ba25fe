// A pretrained encoder, fine-tuned on papers: alone, and blended with the linear model, beside that model.
//
//   node test/bench/fine-tuning.ts --papers FILE [--since DAY] [--seed 42] [--parameters JSON] [--threads N] [--state FILE]
//
// At random: a quarter of the papers, by class, is for the test, a tenth for validation. With --since: trained on what was
// published before that day. The parameters are those of the engine; its weights are in EPOCHLOG_CACHE (`epochlog encoder
// fetch`). With --state the training goes on where an earlier run was stopped; hours on a CPU. Progress goes to stderr, JSON
// to stdout: the epoch and the blend are chosen on the validation part, the test part is read at the end.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { readConfig } from '../../infra/config/config.ts';
import type { Checkpoint, TrainingData, TrainingTools } from '../../ml/engines/engine.ts';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
import { argmaxRows } from '../../ml/matrix.ts';
import { classificationMetrics } from '../../ml/metrics/classification.ts';
import { accuracyAtCoverage } from '../../ml/metrics/probabilistic.ts';
import { openGraph, trainingTools } from '../../services/trainer/tools.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import { undisturbed } from '../harness/toy-package.ts';
import { inTime, readPapers, stratified } from './papers.ts';

const { values: options } = parseArgs({
  options: {
    papers: { type: 'string' },
    since: { type: 'string' },
    seed: { type: 'string', default: '42' },
    parameters: { type: 'string', default: '{"tuneEpochs": 2}' },
    threads: { type: 'string', default: '0' },
    state: { type: 'string' },
    minutes: { type: 'string', default: '5' },
  },
});
if (!options.papers) throw new Error('--papers FILE is needed');

const papers = readPapers(options.papers);
const seed = Number(options.seed);
const split = options.since ? inTime(papers, options.since, seed) : stratified(papers, 0.25, seed);
const parameters = completeParameters('encoder', JSON.parse(options.parameters));
const data = {
  task: { name: 'bench', type: 'classification' as const, labels: [...split.labels] },
  schema: DOCUMENT_SCHEMA,
  train: split.train.map(exampleOf),
  validation: split.validation.map(exampleOf),
  seed,
} satisfies Omit<TrainingData, 'parameters'>;
const onThreads: TrainingTools['openGraph'] = (onnx) => openGraph(onnx, 'cpu', Number(options.threads));
const tools: TrainingTools = {
  ...trainingTools(readConfig().cache),
  openGraph: onThreads,
  openDevice: async () => ({ name: 'cpu', openGraph: onThreads }),
};

const start = performance.now();
let [steps, stored, isEpoch] = [0, performance.now(), false];
let state = options.state && existsSync(options.state) ? readFileSync(options.state) : undefined;
const checkpoint: Checkpoint = {
  load: async () => state,
  isDue() {
    steps++;
    if (steps % 20 === 0) console.error(`${told()} ${steps} steps and epochs`);
    return isEpoch || performance.now() - stored > Number(options.minutes) * 60_000;
  },
  async save(saved) {
    [stored, isEpoch] = [performance.now(), false];
    state = Buffer.from(saved);
    if (!options.state) return;
    writeFileSync(`${options.state}.draft`, saved);
    renameSync(`${options.state}.draft`, options.state);
  },
};
const job = {
  ...data,
  ...undisturbed(),
  tools,
  onEpoch(report: object) {
    isEpoch = true;
    console.error(told(), JSON.stringify(report));
  },
};
const test = split.test.map(({ title, abstract }) => ({ title, abstract }));
const engine = engineNamed('encoder');
const blended = await engine.train({ ...job, checkpoint, parameters });
const cost = { seconds: (performance.now() - start) / 1_000, cpuSeconds: cpuSeconds() };
console.error(told(), JSON.stringify({ ...cost, ...blended.export().details }));

// The scores of the encoder alone are those of a training that is over, without the linear model.
const { head } = deserialize(state!);
const alone = await engine.train({
  ...job,
  parameters: { ...parameters, blend: false },
  checkpoint: { ...undisturbed().checkpoint, load: async () => serialize({ linear: undefined, head }) },
});
const linear = await engineNamed('linear').train({
  ...data,
  ...undisturbed(),
  parameters: completeParameters('linear', {}),
});
const results = [];
for (const [name, model] of Object.entries({ linear, alone, blended })) {
  results.push({ name, ...measured(await model.predict(test)) });
  console.error(told(), JSON.stringify(results.at(-1)));
}
const samples = { train: split.train.length, validation: split.validation.length, test: split.test.length };
const peakMegabytes = process.resourceUsage().maxRSS / 1_000;
console.log(JSON.stringify({ parameters, samples, ...cost, peakMegabytes, results }, null, 2));

function measured(probabilities: Awaited<ReturnType<typeof linear.predict>>): Record<string, number> {
  const column = (label: string) => split.labels.indexOf(label);
  const labels = Int32Array.from(split.test, ({ label }) => column(label));
  const others = split.test.map(({ label, otherLabels = [] }) =>
    [label, ...otherLabels].map(column).filter((at) => at >= 0),
  );
  const { accuracy, macroF1, anyLabelAccuracy, logLoss, calibrationError } = classificationMetrics(
    probabilities,
    labels,
    split.labels,
    others,
  );
  const answers = argmaxRows(probabilities);
  const confidence = Float64Array.from(
    answers,
    (answer, row) => probabilities.values[row * split.labels.length + answer]!,
  );
  const hits = Uint8Array.from(answers, (answer, row) => Number(answer === labels[row]));
  const at65 = accuracyAtCoverage(confidence, hits, 0.65);
  return { accuracy, macroF1, anyLabelAccuracy, at65, logLoss, calibrationError };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function told(): string {
  return `${((performance.now() - start) / 1_000).toFixed(0)} s (${cpuSeconds().toFixed(0)} of CPU)`;
}
