// Trains an engine on a split of texts and lets its package predict the test part:
//   node text-contestant.ts SPLIT ENGINE [PARAMETERS]
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { readConfig } from '../../infra/config/config.ts';
import type { Tensor } from '../../ml/adapters/adapter.ts';
import type { TrainingData } from '../../ml/engines/engine.ts';
import { completeParameters, engineNamed } from '../../ml/engines.ts';
import { argmaxRows } from '../../ml/matrix.ts';
import { openPackage } from '../../ml/package/open.ts';
import { buildPackage } from '../../ml/package/package.ts';
import { trainingTools } from '../../services/trainer/tools.ts';
import { DOCUMENT_SCHEMA, exampleOf } from '../harness/documents.ts';
import { undisturbed } from '../harness/toy-package.ts';
import type { Outcome } from './linear-vs-sklearn.ts';
import type { Split } from './papers.ts';

/** texts that the package answers one by one */
const TIMED = 200;

const [file = '', engine = 'encoder', parameters = '{}'] = process.argv.slice(2);
const split: Split = JSON.parse(readFileSync(file, 'utf8'));
const data = {
  task: { name: 'bench', type: 'classification' as const, labels: [...split.labels] },
  schema: DOCUMENT_SCHEMA,
  train: split.train.map(exampleOf),
  validation: split.validation.map(exampleOf),
  parameters: completeParameters(engine, JSON.parse(parameters)),
  seed: 42,
} satisfies TrainingData;

const startCpu = process.cpuUsage();
const start = performance.now();
const trained = await engineNamed(engine).train({
  ...data,
  ...undisturbed(),
  tools: trainingTools(readConfig().cache),
  onProgress: ({ what, done, total }) => console.error(`${what}: ${done} of ${total}`),
});
const dataset = { id: 'bench', sha256: '', description: '', samples: { train: 0, validation: 0 } };
const { files } = await buildPackage(trained, data, { name: 'bench', engine, dataset });
const fitted = performance.now();
const cpu = process.cpuUsage(startCpu);
console.error(new TextDecoder().decode(files.get('metadata.json')).match(/"details": {[^}]*}/)?.[0]);

const test = split.test.map(({ title, abstract }) => ({ title, abstract }));
const probabilities = await trained.predict(test);
const predicted = performance.now();
const rowOf = (row: number) => [
  ...probabilities.values.subarray(row * probabilities.columns, (row + 1) * probabilities.columns),
];

const opened = openPackage(files);
const session = await InferenceSession.create(opened.onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
const run = async (inputs: Readonly<Record<string, Tensor>>) => {
  const feeds = Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]);
  const outputs = Object.entries(await session.run(Object.fromEntries(feeds)));
  return Object.fromEntries(
    outputs.map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
  );
};
const times: number[] = [];
const idleCpu = process.cpuUsage();
for (const [row, instance] of test.slice(0, TIMED).entries()) {
  const asked = performance.now();
  const { values: given } = await opened.score([instance], run);
  times.push(performance.now() - asked);
  const furthest = Math.max(...rowOf(row).map((value, k) => Math.abs(value - given[k]!)));
  if (furthest > 1e-4) throw new Error(`document ${row}: the package is off by ${furthest}`);
}
const answeringCpu = process.cpuUsage(idleCpu);
const sorted = times.toSorted((a, b) => a - b);
const quantile = (share: number) => Number(sorted[Math.floor(share * sorted.length)]!.toFixed(2));
const outcome: Outcome = {
  featuriseSeconds: 0,
  fitSeconds: (fitted - start) / 1000,
  fitCpuSeconds: (cpu.user + cpu.system) / 1e6,
  predictSeconds: (predicted - fitted) / 1000,
  peakMegabytes: process.resourceUsage().maxRSS / 1000,
  predicted: Array.from(argmaxRows(probabilities), (label) => split.labels[label]!),
  ...ofProbabilities(),
  probabilities: split.test.map((_, row) => rowOf(row)),
  packageMegabytes: Math.round([...files.values()].reduce((sum, { length }) => sum + length, 0) / 1e5) / 10,
  inference: {
    p50: quantile(0.5),
    p95: quantile(0.95),
    cpu: Number(((answeringCpu.user + answeringCpu.system) / 1e3 / times.length).toFixed(2)),
    mean: Number((times.reduce((sum, time) => sum + time, 0) / times.length).toFixed(2)),
  },
};
console.log(JSON.stringify(outcome));

function toOrt({ data, dims }: Tensor): OrtTensor {
  if (data instanceof BigInt64Array) return new OrtTensor('int64', data, dims);
  return new OrtTensor('float32', Float32Array.from(data as Float32Array), dims);
}

/** Log loss, and accuracy of the most confident 65 %. */
function ofProbabilities(): { logLoss: number; accuracyAt65: number } {
  const rows = split.test.map(({ label }, row) => {
    const own = rowOf(row);
    const confidence = Math.max(...own);
    const actual = split.labels.indexOf(label);
    return { confidence, right: own.indexOf(confidence) === actual ? 1 : 0, probability: own[actual]! };
  });
  const covered = rows
    .toSorted((a, b) => b.confidence - a.confidence)
    .slice(0, Math.round(0.65 * rows.length));
  return {
    logLoss:
      -rows.reduce((sum, { probability }) => sum + Math.log(Math.max(probability, 1e-15)), 0) / rows.length,
    accuracyAt65: covered.reduce((sum, { right }) => sum + right, 0) / covered.length,
  };
}
