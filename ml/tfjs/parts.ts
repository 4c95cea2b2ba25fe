import type { Batch } from './batches.ts';
import type { BatchTargets, Gradients } from './compute.ts';

/** Some rows of a batch, with what is computed of them. */
export interface BatchPart {
  /** with the columns alone that these rows have */
  readonly batch: Batch;
  readonly targets: BatchTargets;
  /** see `gradientsOf` */
  readonly masks: readonly Float32Array[];
  /** rows of the whole batch */
  readonly of: number;
  /** where its columns are among those of the whole batch */
  readonly places: Int32Array;
}

/**
 * A batch in so many parts, of as many rows each as can be; fewer where there are not enough rows.
 *
 * @param masks see `gradientsOf`
 */
export function partsOf(
  batch: Batch,
  targets: BatchTargets,
  masks: readonly Float32Array[],
  count: number,
): BatchPart[] {
  const of = batch.rows.length;
  const parts = Math.min(count, of);
  const starts = Array.from({ length: parts + 1 }, (_, at) => Math.round((at * of) / parts));
  return starts.slice(1).map((end, at) => {
    const start = starts[at]!;
    /** A copy: of a view all that it is a view of would be sent to a worker. */
    const rows = (values: Float32Array) => {
      const width = values.length / of;
      return values.slice(start * width, end * width);
    };
    const width = batch.used.length;
    const values = batch.values.subarray(start * width, end * width);
    const places = columnsOf(values, width);
    return {
      batch: {
        rows: batch.rows.slice(start, end),
        used: places.map((place) => batch.used[place]!),
        values: columns(values, width, places),
      },
      targets: rowsOf(targets, rows),
      masks: masks.map(rows),
      of,
      places,
    };
  });
}

/** The columns in which a row is not 0, ascending; the first where there is none, since no tensor is of no columns. */
function columnsOf(values: Float32Array, width: number): Int32Array {
  const isUsed = new Uint8Array(width);
  for (let at = 0; at < values.length; at++) if (values[at] !== 0) isUsed[at % width] = 1;
  const found = Int32Array.from(isUsed.keys()).filter((column) => isUsed[column] === 1);
  return found.length > 0 ? found : Int32Array.of(0);
}

function columns(values: Float32Array, width: number, places: Int32Array): Float32Array {
  const rows = values.length / width;
  const kept = new Float32Array(rows * places.length);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < places.length; at++)
      kept[row * places.length + at] = values[row * width + places[at]!]!;
  }
  return kept;
}

function rowsOf(targets: BatchTargets, rows: (values: Float32Array) => Float32Array): BatchTargets {
  switch (targets.type) {
    case 'classification':
      return { ...targets, own: rows(targets.own), mask: rows(targets.mask) };
    case 'multilabel':
      return { ...targets, has: rows(targets.has) };
    case 'regression':
      return { ...targets, targets: rows(targets.targets) };
  }
}

/**
 * The loss of a batch and its derivatives: the sums of those of its parts, added in the order of the parts, whichever was
 * ready first.
 *
 * @param columns of the batch
 */
export function sumOf(
  parts: readonly BatchPart[],
  gradients: readonly Gradients[],
  columns: number,
): Gradients {
  const [first, ...others] = gradients[0]!.layers;
  const width = first!.length / parts[0]!.places.length;
  const sums = [new Float32Array(columns * width), ...others.map(({ length }) => new Float32Array(length))];
  let loss = 0;
  for (const [part, { places }] of parts.entries()) {
    loss += gradients[part]!.loss;
    const [rows, ...layers] = gradients[part]!.layers;
    for (let at = 0; at < places.length; at++) {
      const [from, to] = [at * width, places[at]! * width];
      for (let k = 0; k < width; k++) sums[0]![to + k]! += rows![from + k]!;
    }
    for (const [layer, values] of layers.entries()) {
      const sum = sums[layer + 1]!;
      for (let at = 0; at < values.length; at++) sum[at]! += values[at]!;
    }
  }
  return { loss, layers: sums };
}
