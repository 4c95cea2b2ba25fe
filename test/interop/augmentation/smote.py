"""SMOTE of imbalanced-learn 0.14 (scikit-learn 1.7) on one table, as smote.json has it:

    python smote.py > smote.json
"""

import json

import numpy as np
from imblearn.over_sampling import SMOTE, SMOTENC
from sklearn.neighbors import NearestNeighbors

NEIGHBOURS = 5

rng = np.random.default_rng(3)
minority = rng.normal(size=(12, 3)).round(3)
majority = (rng.normal(size=(30, 3)) + 1).round(3)
X = np.vstack([majority, minority])
y = np.array([0] * 30 + [1] * 12)
mean, deviation = X.mean(axis=0), X.std(axis=0)
Z = (X - mean) / deviation


def nearest(rows):
    found = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(rows)
    return found.kneighbors(rows, return_distance=False)[:, 1:]


neighbours = nearest(Z[y == 1])
draws = np.random.RandomState(7)
rows, columns, steps = draws.randint(0, 12, 20), draws.randint(0, NEIGHBOURS, 20), draws.uniform(size=20)
made = SMOTE()._generate_samples(Z[y == 1], Z[y == 1], neighbours, rows, columns, steps[:, None])
counts = np.bincount(SMOTE(random_state=1).fit_resample(Z, y)[1])

kinds = rng.integers(0, 3, size=42)
table = Z.astype(object)
mixed = SMOTENC(categorical_features=[3], random_state=1)
mixed.fit_resample(np.column_stack([table, kinds]), y)
hot = (kinds[:, None] == np.arange(3)) * mixed.median_std_[1] / np.sqrt(2)

print(
    json.dumps(
        {
            "majority": majority.tolist(),
            "minority": minority.tolist(),
            "neighbours": neighbours.tolist(),
            "rows": rows.tolist(),
            "columns": columns.tolist(),
            "steps": steps.tolist(),
            "made": (made * deviation + mean).tolist(),
            "counts": counts.tolist(),
            "kinds": kinds.tolist(),
            "neighboursOfMixed": nearest(np.hstack([Z, hot])[y == 1]).tolist(),
        }
    )
)
