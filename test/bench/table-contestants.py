"""Trains boosted trees on a split and predicts its test part: python table-contestants.py SPLIT scikit-learn|lightgbm"""

import json
import os
import resource
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"  # threads that wait for each other take CPU time, the more the busier the machine

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error, roc_auc_score

with open(sys.argv[1], encoding="utf-8") as file:
    split = json.load(file)

categorical = [column["kind"] == "category" for column in split["columns"]]


def arrays(part):
    return np.array(split[part]["rows"], dtype=float), np.array(split[part]["targets"])


(train, train_targets), (test, test_targets) = arrays("train"), arrays("test")
binary = split["kind"] == "binary"


def sklearn_model():
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor
    model = kind(categorical_features=categorical, random_state=42).fit(train, train_targets)
    return model, model.n_iter_


def lightgbm_model():
    """LightGBM's defaults are those settings; a tenth of the rows stops it after 10 rounds without a gain."""
    import lightgbm as lgb
    from sklearn.model_selection import train_test_split

    parts = train_test_split(train, train_targets, test_size=0.1, random_state=42)
    kind = lgb.LGBMClassifier if binary else lgb.LGBMRegressor
    columns = [column for column, is_category in enumerate(categorical) if is_category]
    model = kind(n_estimators=100, learning_rate=0.1, num_leaves=31, min_child_samples=20, random_state=42, verbose=-1, n_jobs=1)
    stop = lgb.early_stopping(10, verbose=False)
    model.fit(parts[0], parts[2], eval_set=[(parts[1], parts[3])], categorical_feature=columns, callbacks=[stop])
    return model, model.best_iteration_


start, start_cpu = time.perf_counter(), time.process_time()
model, rounds = {"scikit-learn": sklearn_model, "lightgbm": lightgbm_model}[sys.argv[2]]()
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
        "rounds": rounds,
        "metrics": metrics,
    },
    sys.stdout,
)
