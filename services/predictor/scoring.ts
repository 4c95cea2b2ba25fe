import type { Program } from '../../kernel/ports/inference.ts';
import type { MonitoredFeatures } from '../../ml/adapters/adapter.ts';
import type { Instance } from '../../ml/instance/schema.ts';
import type { DenseMatrix } from '../../ml/matrix.ts';
import { openPackage } from '../../ml/package/open.ts';

/** What a model makes of a batch. */
export interface Scored {
  /** a row for each instance: the probability of each label, or the number */
  scores: DenseMatrix;
  /** of each instance */
  monitored: MonitoredFeatures[];
}

/**
 * Scores valid instances, in an inference process: features take longer than the graph, and meanwhile the process that asks
 * answers others. It begins with the example pairs of the package, which also warms it up.
 */
export const program: Program<readonly Instance[], Scored> = (files) => {
  const opened = openPackage(files);
  return {
    model: opened.onnx,
    begin: (run) => opened.checkExamples(run),
    async answer(valid, run) {
      const instances = valid.map((instance) => opened.clean(instance));
      const scores = await opened.score(instances, run);
      return { scores, monitored: instances.map((instance) => opened.monitoredOf(instance)) };
    },
  };
};
