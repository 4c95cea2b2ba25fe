"""Prints what an MLflow server has of a mirrored log, as its own client reads it."""

import hashlib
import json
import pathlib
import sys

import mlflow
import numpy as np
from mlflow import MlflowClient

client = MlflowClient()
experiment = client.get_experiment_by_name(sys.argv[1])


def artifacts(run_id):
    folder = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=""))
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }


def told(run):
    history = {
        key: [
            [point.step, "nan" if np.isnan(point.value) else point.value, point.timestamp]
            for point in client.get_metric_history(run.info.run_id, key)
        ]
        for key in run.data.metrics
    }
    return {
        "id": run.info.run_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": history,
        "datasets": [
            [one.dataset.name, one.dataset.digest, [tag.value for tag in one.tags]]
            for one in run.inputs.dataset_inputs
        ],
        "artifacts": artifacts(run.info.run_id),
    }


def version(one):
    model = mlflow.onnx.load_model(f"models:/{one.name}/{one.version}")
    return {
        "version": one.version,
        "runId": one.run_id,
        "tags": one.tags,
        "aliases": list(client.get_model_version(one.name, one.version).aliases),
        "inputs": [value.name for value in model.graph.input],
    }


runs = mlflow.search_runs([experiment.experiment_id], output_format="list", order_by=["attributes.run_name"])
versions = client.search_model_versions("name='topics'", order_by=["version_number ASC"])
print(json.dumps({"runs": [told(run) for run in runs], "versions": [version(one) for one in versions]}))
