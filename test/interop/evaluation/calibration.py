"""Calibrations by scikit-learn of the scores that calibration.python.test.ts makes: reads them from a file, writes JSON."""

import json
import sys

import numpy as np
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression

with open(sys.argv[1]) as file:
    cases = json.load(file)


def answer(case):
    scores, labels, asked = (np.array(case[name], dtype=np.float64) for name in ("scores", "labels", "asked"))
    slope, intercept = _sigmoid_calibration(scores, labels)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    return {
        "platt": (1 / (1 + np.exp(slope * asked + intercept))).tolist(),
        "isotonic": isotonic.predict(asked).tolist(),
    }


json.dump([answer(case) for case in cases], sys.stdout)
