/** A dense tensor, row-major; `data` holds the product of `dims` elements. */
export interface Tensor {
  dims: readonly number[];
  data: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

export type Tensors = Readonly<Record<string, Tensor>>;
type Files = ReadonlyMap<string, Uint8Array>;

/** Runs ONNX models in processes of their own, which can be recycled without the service noticing. */
export interface Inference {
  /** Opens a model from the bytes of its `model.onnx`. INFERENCE_FAILED when they are not a usable model. */
  open(model: Uint8Array): Promise<InferenceSession>;
  /**
   * Opens a model with what belongs to it, by a module that exports `program`, a `Program`. That works in the process of the
   * graph, so that it takes no time of the process that asks. Questions, answers and files are copied as structured clones.
   * INFERENCE_FAILED when the program cannot begin.
   */
  load<Question, Answer>(program: URL, files: Files): Promise<Session<Question, Answer>>;
  close(): Promise<void>;
}

export interface Session<Question, Answer> {
  /** INFERENCE_FAILED for questions that do not fit, INFERENCE_UNAVAILABLE while a process is replaced. */
  run(question: Question): Promise<Answer>;
  /** Memory of the process that runs it, with all its models, at its last answer; where that is known. */
  residentBytes?(): number | undefined;
  close(): Promise<void>;
}

/** Inputs and outputs by name. */
export type InferenceSession = Session<Tensors, Tensors>;

/** Runs a graph: outputs by name. */
export type RunGraph = (inputs: Tensors) => Promise<Tensors>;

/** What a module makes of files in an inference process. */
export type Program<Question, Answer> = (files: Files) => Loaded<Question, Answer>;

export interface Loaded<Question, Answer> {
  /** the bytes of its graph */
  readonly model: Uint8Array;
  /** Runs once before the first question, and in each process that takes the place of another. */
  begin(run: RunGraph): Promise<void>;
  answer(question: Question, run: RunGraph): Promise<Answer>;
}
