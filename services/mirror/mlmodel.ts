import { stringify } from 'yaml';

/** The version whose layout of `MLmodel` this is. */
const MLFLOW_VERSION = '3.17.2';

/** What makes the folder of a package a model that `mlflow.onnx` loads: its graph takes and gives tensors. */
export const mlmodel = ({
  mlflowRunId,
  runId,
  modelHash,
  time,
}: {
  mlflowRunId: string;
  runId: string;
  modelHash: string;
  time: number;
}): string =>
  stringify({
    artifact_path: 'package',
    flavors: {
      onnx: { data: 'model.onnx', providers: ['CPUExecutionProvider'] },
      python_function: { loader_module: 'mlflow.onnx', data: 'model.onnx' },
    },
    metadata: { epochlog_run_id: runId, model_hash: modelHash },
    mlflow_version: MLFLOW_VERSION,
    run_id: mlflowRunId,
    utc_time_created: new Date(time).toISOString().replace('T', ' ').replace('Z', ''),
  });
