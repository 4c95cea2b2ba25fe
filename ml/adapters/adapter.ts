import type { Instance, InstanceSchema } from '../instance/schema.ts';
import type { TensorType } from '../onnx/model-proto.ts';

/** A dense tensor, row-major. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | readonly string[];
}

/** What is watched of an instance when a model is in production: numbers and categories by name, null if missing. */
export type MonitoredFeatures = Readonly<Record<string, number | string | null>>;

/** An adapter with what it learnt from the training data. */
export interface OpenAdapter {
  /** the inputs of the graph for a batch of valid and clean instances */
  inputsOf(instances: readonly Instance[]): Record<string, Tensor>;
  monitoredOf(instance: Instance): MonitoredFeatures;
  /** of a graph that answers some instances without all of its inputs */
  readonly cascade?: Cascade;
}

/** What is asked first, since it costs less than all inputs. */
export interface Cascade {
  /** inputs of the graph that are cheap to make */
  inputsOf(instances: readonly Instance[]): Record<string, Tensor>;
  /** The rows whose answer to those is not their last: they are asked again with all inputs. @param outputs of the graph */
  unsureRows(outputs: Readonly<Record<string, Tensor>>): number[];
}

/** The settings of an adapter as `signature.json` holds them. */
export interface AdapterSettings {
  readonly name: string;
  /** the file of the package with what it learnt */
  readonly file: string;
  readonly [setting: string]: unknown;
}

/**
 * How an instance becomes the inputs of an ONNX graph. Each is a file of this folder that exports its `adapter`; the
 * file's name is what signatures call it.
 */
export interface Adapter {
  /** @throws InvalidPackage when the settings or the data are not its own */
  open(settings: AdapterSettings, data: Uint8Array, schema: InstanceSchema): OpenAdapter;
}

/** An adapter as an engine fitted it, ready to be packed. */
export interface FittedAdapter {
  readonly settings: AdapterSettings;
  readonly data: Uint8Array;
  /** the inputs that it makes */
  readonly inputs: readonly TensorType[];
}
