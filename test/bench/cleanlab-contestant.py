"""Suspected labels by cleanlab: reads {"labels", "texts", "probabilities"} from a file, prints the rows that it lists.

Once from the probabilities given, by two of its rules; once from those of scikit-learn: TF-IDF and a logistic regression in
five folds.
"""

import json
import resource
import sys
import time

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline


def listed(labels, probabilities, rule):
    rows = find_label_issues(
        labels, probabilities, filter_by=rule, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return [{"row": int(row), "suggested": int(probabilities[row].argmax()), "confidence": float(probabilities[row].max())} for row in rows]


def contestant(name, started, cpu, found):
    return {
        "contestant": name,
        "seconds": time.perf_counter() - started,
        "cpuSeconds": time.process_time() - cpu,
        "rssMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "found": found,
    }


def main():
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    labels, given = np.array(asked["labels"]), np.array(asked["probabilities"])
    results = []
    for rule in ["confident_learning", "prune_by_noise_rate"]:
        started, cpu = time.perf_counter(), time.process_time()
        results.append(contestant(f"cleanlab, same probabilities, {rule}", started, cpu, listed(labels, given, rule)))
    started, cpu = time.perf_counter(), time.process_time()
    pipeline = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)), LogisticRegression(C=10, max_iter=300)
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=42)
    own = cross_val_predict(pipeline, asked["texts"], labels, cv=folds, method="predict_proba")
    results.append(contestant("cleanlab, scikit-learn's probabilities", started, cpu, listed(labels, own, "prune_by_noise_rate")))
    json.dump(results, sys.stdout)


main()
