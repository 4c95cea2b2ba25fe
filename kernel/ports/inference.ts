/** A dense tensor, row-major; `data` holds the product of `dims` elements. */
export interface Tensor {
  dims: readonly number[];
  data: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

/** Runs ONNX models in processes of their own, which can be recycled without the service noticing. */
export interface Inference {
  /** Opens a model from the bytes of its `model.onnx`. INFERENCE_FAILED when they are not a usable model. */
  open(model: Uint8Array): Promise<InferenceSession>;
  close(): Promise<void>;
}

export interface InferenceSession {
  /** Outputs by name. INFERENCE_FAILED for inputs that do not fit, INFERENCE_UNAVAILABLE while a process is replaced. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  close(): Promise<void>;
}
