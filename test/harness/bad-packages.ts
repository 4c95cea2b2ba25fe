import { pino } from 'pino';
import { startInference } from '../../infra/inference/inference.ts';
import { writtenModel } from '../../ml/onnx/messages.ts';
import { openPackage } from '../../ml/package/open.ts';
import { formatSums, SUMS_FILE } from '../../ml/package/sums.ts';

// Packages that are whole, and reproduce their examples, and are bad in production: what checks at loading cannot find.

const FLOAT = 1;
const INT64 = 7;
const MATRIX = 512;

interface TensorMessage {
  name: string;
  dims: number[];
  data_type: number;
  raw_data: Uint8Array;
}
interface NodeMessage {
  input: string[];
  output: string[];
  op_type: string;
  attribute?: object[];
}
interface Graph {
  node: NodeMessage[];
  initializer: TensorMessage[];
}
type Files = ReadonlyMap<string, Uint8Array>;

const MODEL = 'model.onnx';
const EXAMPLES = 'examples.json';

/** Changes the graph of a package of a linear model of texts, and records its examples again. */
async function changed(files: Files, change: (graph: Graph) => void): Promise<Map<string, Uint8Array>> {
  const model = writtenModel().toObject(writtenModel().decode(files.get(MODEL)!), {
    longs: Number,
    arrays: true,
  });
  change(model.graph as Graph);
  const bytes = new Uint8Array(writtenModel().encode(writtenModel().fromObject(model)).finish());
  const given = new Map(files).set(MODEL, bytes);
  const summed = () => {
    given.delete(SUMS_FILE);
    return given.set(SUMS_FILE, new TextEncoder().encode(formatSums(given)));
  };
  const opened = openPackage(summed());
  const inference = startInference({ logger: pino({ level: 'silent' }), processes: 1 });
  try {
    const session = await inference.open(opened.onnx);
    const instances = opened.examples.map(({ instance }) => opened.clean(opened.validate(instance)));
    const { columns, values } = opened.scoresOf(await session.run(opened.inputsOf(instances)));
    const pairs = opened.examples.map(({ instance }, row) => ({
      instance,
      scores: [...values.subarray(row * columns, (row + 1) * columns)],
    }));
    given.set(EXAMPLES, new TextEncoder().encode(JSON.stringify(pairs)));
    return summed();
  } finally {
    await inference.close();
  }
}

const floats = (name: string, dims: number[], values: Float32Array): TensorMessage => ({
  name,
  dims,
  data_type: FLOAT,
  raw_data: new Uint8Array(values.buffer),
});
const integers = (name: string, values: bigint[]): TensorMessage => ({
  name,
  dims: [values.length],
  data_type: INT64,
  raw_data: new Uint8Array(BigInt64Array.from(values).buffer),
});

/** Adds nodes whose output, a number that is 0, is added to the margins. */
function addToMargins(graph: Graph, nodes: NodeMessage[], zero: string): void {
  const margins = graph.node.findIndex(({ output }) => output[0] === 'margins');
  graph.node[margins]!.output[0] = 'own_margins';
  const sum = { input: ['own_margins', zero], output: ['margins'], op_type: 'Add' };
  graph.node.splice(margins + 1, 0, ...nodes, sum);
}

/** Fails on texts of more than so many different terms. */
const failing = (files: Files, terms: number) =>
  changed(files, (graph) => {
    graph.initializer.push(
      integers('second', [1n]),
      floats('zeros', [terms + 1], new Float32Array(terms + 1)),
    );
    const nodes = [
      { input: ['indices'], output: ['shape'], op_type: 'Shape' },
      { input: ['shape', 'second'], output: ['count'], op_type: 'Gather' },
      { input: ['zeros', 'count'], output: ['nothing'], op_type: 'Gather' },
    ];
    addToMargins(graph, nodes, 'nothing');
  });

/** Multiplies a matrix so often that it is slow: 20 times take some ten milliseconds. */
const slow = (files: Files, products: number) =>
  changed(files, (graph) => {
    const matrix = new Float32Array(MATRIX * MATRIX).fill(1e-3);
    graph.initializer.push(
      floats('matrix', [MATRIX, MATRIX], matrix),
      floats('nothing_of', [], Float32Array.of(0)),
    );
    const nodes: NodeMessage[] = [
      {
        input: ['values'],
        output: ['some'],
        op_type: 'ReduceMax',
        attribute: [{ name: 'keepdims', i: 0, type: 2 }],
      },
      { input: ['matrix', 'some'], output: ['product_0'], op_type: 'Mul' },
    ];
    for (let i = 0; i < products; i++)
      nodes.push({ input: [`product_${i}`, 'matrix'], output: [`product_${i + 1}`], op_type: 'MatMul' });
    nodes.push(
      {
        input: [`product_${products}`],
        output: ['whole'],
        op_type: 'ReduceMax',
        attribute: [{ name: 'keepdims', i: 0, type: 2 }],
      },
      { input: ['whole', 'nothing_of'], output: ['nothing'], op_type: 'Mul' },
    );
    addToMargins(graph, nodes, 'nothing');
  });

const constantOf = (graph: Graph, name: string) => {
  const tensor = graph.initializer.find((constant) => constant.name === name)!;
  const values = new Float32Array(new Uint8Array(tensor.raw_data).buffer);
  return { tensor, values };
};

/** Prefers the first label: its margin is so much larger than it should be. */
const skewed = (files: Files, margin: number) =>
  changed(files, (graph) => {
    const { tensor, values } = constantOf(graph, 'bias');
    values[0]! += margin;
    tensor.raw_data = new Uint8Array(values.buffer);
  });

/** Takes each label for the one after it: no less sure, answers as many of each about, and wrong. */
const mistaken = (files: Files) =>
  changed(files, (graph) => {
    for (const name of ['bias', 'weights']) {
      const { tensor, values } = constantOf(graph, name);
      const labels = tensor.dims.at(-1)!;
      const rotated = values.map((_, i) => values[i - (i % labels) + ((i + 1) % labels)]!);
      tensor.raw_data = new Uint8Array(rotated.buffer);
    }
  });

export const badPackages = { failing, slow, skewed, mistaken };
