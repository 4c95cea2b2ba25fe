"""Prints the probabilities of onnxruntime for the instances in a file: the graph of the version that the client registered."""

import json
import sys

import mlflow
import numpy as np
import onnxruntime

NAMES = ["seats", "active_seats", "logins_30d", "tickets_30d", "unpaid_invoices", "months_as_customer", "last_survey"]
model = mlflow.onnx.load_model("models:/health-sklearn/1")
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
with open(sys.argv[1], encoding="utf-8") as file:
    instances = json.load(file)
rows = np.array([[np.nan if one.get(name) is None else one[name] for name in NAMES] for one in instances], dtype="float32")
_, probabilities = session.run(None, {"row": rows})
tags = mlflow.MlflowClient().get_model_version("health-sklearn", "1").tags
print(json.dumps({"probabilities": probabilities.tolist(), "tags": tags}))
