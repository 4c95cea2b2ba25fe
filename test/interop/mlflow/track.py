"""Tracks runs and models with an unmodified MLflow client, and prints what it reads back as JSON."""

import json
import math
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request, verify_rest_response
from requests import HTTPError
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from xgboost import XGBClassifier

FOLDER = tempfile.mkdtemp()
client = MlflowClient()
told = {}


def refusal(call):
    try:
        call()
    except MlflowException as error:
        return error.error_code
    except HTTPError as error:  # what the client makes of an answer about artifacts
        return error.response.json()["error_code"]
    return "accepted"


def tracked():
    mlflow.set_experiment("iris")
    with mlflow.start_run(run_name="parent", tags={"team": "flowers"}) as parent:
        mlflow.log_params({"depth": 3, "rate": 0.1})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"odd": math.nan, "large": math.inf, "small": -math.inf})
        table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
        mlflow.log_input(mlflow.data.from_pandas(table, name="two-rows"), context="training")
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "config.json")
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("loss", 0.5)
    run = client.get_run(parent.info.run_id)
    history = client.get_metric_history(parent.info.run_id, "loss")
    found = mlflow.search_runs(
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}' and metrics.loss < 1", output_format="list"
    )
    told["tracked"] = {
        "params": run.data.params,
        "status": run.info.status,
        "team": run.data.tags["team"],
        "history": [[m.step, m.value] for m in history],
        "odd": [str(run.data.metrics[name]) for name in ("odd", "large", "small")],
        "dataset": [[i.dataset.name, i.tags[0].value] for i in run.inputs.dataset_inputs],
        "files": sorted(f.path for f in client.list_artifacts(parent.info.run_id)),
        "inFolder": [f.path for f in client.list_artifacts(parent.info.run_id, "notes")],
        "text": mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/hello.txt"),
        "json": mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/config.json"),
        "children": [r.info.run_name for r in found],
        "isChild": found[0].info.run_id == child.info.run_id,
    }


def models():
    x, y = load_iris(return_X_y=True)
    x = x.astype("float32")
    logistic = LogisticRegression(max_iter=500).fit(x, y)
    boosted = XGBClassifier(n_estimators=5, max_depth=2).fit(x, y)
    graph = to_onnx(logistic, x[:1], options={"zipmap": False})
    signature = mlflow.models.infer_signature(x, logistic.predict(x))
    told["models"] = {}
    with mlflow.start_run(run_name="models"):
        logged = {
            "sklearn": mlflow.sklearn.log_model(
                logistic, name="sklearn", signature=signature, registered_model_name="iris", serialization_format="cloudpickle"
            ),
            "xgboost": mlflow.xgboost.log_model(boosted, name="xgboost", input_example=x[:2]),
            "onnx": mlflow.onnx.log_model(graph, name="onnx", signature=signature, registered_model_name="iris"),
        }
    for flavour, info in logged.items():
        answered = mlflow.pyfunc.load_model(info.model_uri).predict(x)
        if isinstance(answered, dict):
            answered = answered["label"]
        expected = boosted.predict(x) if flavour == "xgboost" else logistic.predict(x)
        told["models"][flavour] = bool(np.array_equal(np.ravel(answered), expected))
    client.set_registered_model_alias("iris", "champion", 1)
    champion = mlflow.sklearn.load_model("models:/iris@champion")
    told["models"]["probabilities"] = float(np.abs(champion.predict_proba(x) - logistic.predict_proba(x)).max())
    told["models"]["inputs"] = len(mlflow.models.get_model_info("models:/iris/1").signature.inputs.inputs)
    versions = client.search_model_versions("name='iris'", order_by=["version_number ASC"])
    told["models"]["versions"] = [[v.version, list(v.aliases), v.current_stage] for v in versions]
    client.transition_model_version_stage("iris", "2", "Staging")
    told["models"]["staged"] = client.get_latest_versions("iris", ["Staging"])[0].version
    found = mlflow.search_logged_models(filter_string="name = 'xgboost'", output_format="list")
    told["models"]["logged"] = [found[0].name, found[0].status.value]


def autolog():
    x, y = load_iris(return_X_y=True)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    with mlflow.start_run(run_name="autolog") as run:
        LogisticRegression(C=0.5, max_iter=500).fit(x, y)
    mlflow.sklearn.autolog(disable=True, silent=True)
    data = client.get_run(run.info.run_id).data
    told["autolog"] = {"C": data.params["C"], "accuracy": data.metrics["training_accuracy_score"] > 0.9}


def refused():
    run_id = client.create_run("0").info.run_id
    client.log_param(run_id, "depth", "1")
    client.set_terminated(run_id, "FINISHED")
    path = os.path.join(FOLDER, "file.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write("x")
    told["refused"] = {
        "run": refusal(lambda: client.get_run("0" * 32)),
        "param": refusal(lambda: client.log_param(run_id, "depth", "2")),
        "long": refusal(lambda: client.log_param(run_id, "long", "x" * 6001)),
        "name": refusal(lambda: client.log_metric(run_id, "a*b", 1.0)),
        "filter": refusal(lambda: client.search_runs(["0"], "metrics.a >> 1")),
        "path": refusal(lambda: client.log_artifact(run_id, path, "../..")),
        "again": refusal(lambda: client.set_terminated(run_id, "FAILED")),
        "experiment": refusal(lambda: client.create_experiment("iris")),
        "deleted": refusal(lambda: (client.delete_run(run_id), client.log_metric(run_id, "a", 1.0))),
        "traces": refusal(lambda: client.search_traces(locations=["0"])),
    }


def sent(path, body):
    """Past the checks that the client makes itself."""
    endpoint = f"/api/2.0/mlflow/{path}"
    verify_rest_response(http_request(get_default_host_creds(mlflow.get_tracking_uri()), endpoint, "POST", json=body), endpoint)


def limits():
    run_id = client.create_run("0").info.run_id
    batch = [Metric("m", i, i, i) for i in range(1000)]
    long = [{"key": "m", "value": i, "timestamp": i, "step": i} for i in range(1001)]
    told["accepted"] = [
        refusal(lambda: client.log_param(run_id, "full", "x" * 6000)),
        refusal(lambda: client.log_param(run_id, "n" * 250, "1")),
        refusal(lambda: client.set_tag(run_id, "tag", "x" * 8000)),
        refusal(lambda: client.log_batch(run_id, metrics=batch)),
        refusal(lambda: client.log_batch(run_id, params=[Param(f"p{i}", "1") for i in range(100)])),
        refusal(lambda: client.log_batch(run_id, tags=[RunTag(f"t{i}", "1") for i in range(100)])),
        len(client.get_metric_history(run_id, "m")),
    ]
    by_server = {
        "param": ("log-parameter", {"key": "p", "value": "x" * 6001}),
        "changed": ("log-parameter", {"key": "full", "value": "y"}),
        "tag": ("set-tag", {"key": "t", "value": "x" * 8001}),
        "batch": ("log-batch", {"metrics": long}),
        "params": ("log-batch", {"params": [{"key": f"q{i}", "value": "1"} for i in range(101)]}),
        "name": ("log-metric", {"key": "a*b", "value": 1, "timestamp": 1}),
        "longName": ("log-metric", {"key": "n" * 251, "value": 1, "timestamp": 1}),
        "path": ("log-metric", {"key": "../m", "value": 1, "timestamp": 1}),
        "text": ("log-metric", {"key": "m", "value": "high", "timestamp": 1}),
        "status": ("update", {"status": "DONE"}),
    }
    told["limits"] = {
        name: refusal(lambda path=path, body=body: sent(f"runs/{path}", {"run_id": run_id, **body}))
        for name, (path, body) in by_server.items()
    }
    told["paths"] = {
        "list": refusal(lambda: client.list_artifacts(run_id, "../..")),
        "download": refusal(lambda: client.download_artifacts(run_id, "../../secret", FOLDER)),
        "upload": refusal(lambda: client.log_text(run_id, "x", "../../x.txt")),
        "files": len(client.list_artifacts(run_id)),
    }
    none = "0" * 32
    told["noRun"] = [
        refusal(lambda: client.log_metric(none, "a", 1.0)),
        refusal(lambda: client.log_param(none, "a", "1")),
        refusal(lambda: client.set_tag(none, "a", "1")),
        refusal(lambda: client.log_batch(none, metrics=batch)),
        refusal(lambda: client.set_terminated(none)),
        refusal(lambda: client.delete_run(none)),
        refusal(lambda: client.get_metric_history(none, "a")),
    ]
    told["filters"] = [
        refusal(lambda filter=filter: client.search_runs(["0"], filter))
        for filter in ("metrics.a >", "params.a = 1", "metrics.a = 'x'", "a.b = 1", "tags.a = 'b' OR tags.a = 'c'", "((")
    ]
    values = [math.nan, math.inf, -math.inf]
    client.log_batch(run_id, metrics=[Metric("odd", value, step, step) for step, value in enumerate(values)])
    told["odd"] = [str(metric.value) for metric in client.get_metric_history(run_id, "odd")]
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(refusal, lambda s=s: MlflowClient().set_terminated(run_id, s)) for s in ("FINISHED", "KILLED")]
    told["ends"] = [*(end.result() for end in ends), client.get_run(run_id).info.status in ("FINISHED", "KILLED")]
    token = os.environ["MLFLOW_TRACKING_TOKEN"]
    os.environ["MLFLOW_TRACKING_TOKEN"] = "another"
    try:
        client.get_run(run_id)
    except MlflowException as error:
        told["token"] = str(error)
    os.environ["MLFLOW_TRACKING_TOKEN"] = token


tracked()
models()
autolog()
refused()
limits()
print(json.dumps(told))
