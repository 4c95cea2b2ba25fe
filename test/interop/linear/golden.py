"""What scikit-learn's linear models say of a small table, as JSON."""

import json
import sys
import warnings

import numpy as np
from sklearn.linear_model import ElasticNet, LogisticRegression
from sklearn.svm import LinearSVC

warnings.simplefilter("ignore")
ROWS, COLUMNS = 60, 8
random = np.random.default_rng(12)
rows = np.round(random.normal(size=(ROWS, COLUMNS)) * (random.random((ROWS, COLUMNS)) < 0.4), 3)
rows = rows.astype(np.float32).astype(np.float64)
noise = random.normal(size=(ROWS, 3))
scores = rows @ random.normal(size=(COLUMNS, 3)) * 1.5 + noise + np.array([1.2, 0.0, -0.8])
labels = scores.argmax(axis=1)
pair = (labels > 0).astype(int)
sets = (scores > 0).astype(int)
numbers = np.round(rows @ np.array([2, 0, 0, -1, 0, 0.5, 0, 0]) + noise[:, 0] + 3, 3)
WEIGHTS = {0: 0.5, 1: 2.0, 2: 3.0}


def svm(y, weights):
    return LinearSVC(C=0.5, tol=1e-12, max_iter=10_000_000, class_weight=weights).fit(rows, y)


def logistic(ratio, weights):
    if ratio == 0:
        model = LogisticRegression(C=0.5, tol=1e-12, max_iter=100_000, class_weight=weights)
    else:
        model = LogisticRegression(
            C=0.5, penalty="elasticnet", l1_ratio=ratio, solver="saga", tol=1e-12, max_iter=1_000_000,
            class_weight=weights, random_state=0,
        )
    return model.fit(rows, labels)


def one_vs_rest():
    fits = [LogisticRegression(C=0.5, tol=1e-12, max_iter=100_000).fit(rows, has) for has in sets.T]
    return np.round([*np.vstack([fit.coef_[0] for fit in fits]).T, [fit.intercept_[0] for fit in fits]], 7).tolist()


def said(model):
    """One row for each feature, the bias last."""
    return np.round(np.vstack([model.coef_.T, np.atleast_1d(model.intercept_)]), 7).tolist()


ratio = 0.4
# ElasticNet: |y - Xw|² / 2n + alpha (r |w|₁ + (1 - r) |w|² / 2)
net = ElasticNet(alpha=1 / (0.5 * ROWS), l1_ratio=ratio, tol=1e-14, max_iter=1_000_000).fit(rows, numbers)
json.dump(
    {
        "rows": rows.round(3).tolist(),
        "labels": labels.tolist(),
        "numbers": numbers.tolist(),
        "sets": sets.tolist(),
        "oneVsRest": one_vs_rest(),
        "svmWeighted": said(svm(labels, WEIGHTS)),
        "svmBalanced": said(svm(labels, "balanced")),
        "svmPairWeighted": said(svm(pair, {0: 0.5, 1: 2.0})),
        "logistic": said(logistic(0, None)),
        "logisticWeighted": said(logistic(0, WEIGHTS)),
        "elasticNet": said(logistic(ratio, None)),
        "lassoBalanced": said(logistic(1, "balanced")),
        "elasticNetOfNumbers": [[value] for value in np.round([*net.coef_, net.intercept_], 7).tolist()],
    },
    sys.stdout,
)
print()
