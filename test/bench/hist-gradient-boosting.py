"""Trains HistGradientBoosting on a split and predicts its test part: python hist-gradient-boosting.py SPLIT"""

import json
import resource
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error, roc_auc_score

with open(sys.argv[1], encoding="utf-8") as file:
    split = json.load(file)

categorical = [column["kind"] == "category" for column in split["columns"]]


def arrays(part):
    return np.array(split[part]["rows"], dtype=float), np.array(split[part]["targets"])


(train, train_targets), (test, test_targets) = arrays("train"), arrays("test")
binary = split["kind"] == "binary"
kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor

start, start_cpu = time.perf_counter(), time.process_time()
model = kind(categorical_features=categorical, random_state=42).fit(train, train_targets)
fitted, fitted_cpu = time.perf_counter(), time.process_time()
predicted = model.predict_proba(test)[:, 1] if binary else model.predict(test)
done = time.perf_counter()

if binary:
    metrics = {
        "auroc": roc_auc_score(test_targets, predicted),
        "logLoss": log_loss(test_targets, predicted),
        "accuracy": accuracy_score(test_targets, predicted > 0.5),
    }
else:
    metrics = {
        "rmse": mean_squared_error(test_targets, predicted) ** 0.5,
        "mae": mean_absolute_error(test_targets, predicted),
    }
json.dump(
    {
        "fitSeconds": fitted - start,
        "fitCpuSeconds": fitted_cpu - start_cpu,
        "predictSeconds": done - fitted,
        "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "rounds": model.n_iter_,
        "metrics": metrics,
    },
    sys.stdout,
)
