"""Trains scikit-learn on a sealed dataset, tracks it with MLflow, and registers the model as ONNX.

python train.py train.jsonl, with MLFLOW_TRACKING_URI set to epochlog. The lines are those of `epochlog dataset export`.
Needs mlflow, scikit-learn, skl2onnx, onnxruntime, pandas.
"""

import json
import sys

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

MODEL = "health-sklearn"  # as it is declared in health.yaml
NUMBERS = ["seats", "active_seats", "logins_30d", "tickets_30d", "unpaid_invoices", "months_as_customer", "last_survey"]

with open(sys.argv[1], encoding="utf-8") as file:
    samples = [json.loads(line) for line in file]
table = pd.DataFrame([sample["instance"] for sample in samples])[NUMBERS].astype("float32")
target = [sample["target"] for sample in samples]

mlflow.set_experiment(MODEL)
with mlflow.start_run(run_name="forest") as run:
    params = {"n_estimators": 50, "max_depth": 6}
    mlflow.log_params(params)
    model = make_pipeline(SimpleImputer(), RandomForestClassifier(**params, random_state=1)).fit(table, target)
    mlflow.log_metric("train_accuracy", model.score(table, target))
    graph = to_onnx(model, initial_types=[("row", FloatTensorType([None, len(NUMBERS)]))], options={"zipmap": False})
    # the names of the columns tell epochlog which field of an instance goes where
    logged = mlflow.onnx.log_model(
        graph, name="forest", signature=infer_signature(table, np.array(target)), registered_model_name=MODEL
    )

print(json.dumps({"run": run.info.run_id, "version": logged.registered_model_version}))
