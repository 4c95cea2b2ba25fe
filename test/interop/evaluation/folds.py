"""How scikit-learn divides the samples that folds.python.test.ts makes: reads them from a file, writes JSON."""

import json
import sys

import numpy as np
from sklearn import model_selection as s

case_file = sys.argv[1]
cases = json.load(open(case_file))


def sizes(splitter, n, y=None, groups=None):
    return sorted(len(test) for _, test in splitter.split(np.zeros(n), y, groups))


def answer(case):
    n, k, classes, groups, times = (case[name] for name in ("samples", "folds", "classes", "groups", "times"))
    order = np.argsort(times, kind="stable")
    parts = [
        {"train": sorted(order[train].tolist()), "test": sorted(order[test].tolist())}
        for train, test in s.TimeSeriesSplit(n_splits=k).split(order)
    ]
    stratified = [
        sorted(int(np.sum(np.array(classes)[test] == name)) for _, test in s.StratifiedKFold(k).split(np.zeros(n), classes))
        for name in sorted(set(classes))
    ]
    return {
        "sizes": sizes(s.KFold(k), n),
        "stratified": stratified,
        "grouped": sizes(s.GroupKFold(k), n, groups=groups),
        "time": parts,
    }


print(json.dumps([answer(case) for case in cases]))
