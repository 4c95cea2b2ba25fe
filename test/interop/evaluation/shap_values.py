"""SHAP values of the trees that shap.python.test.ts makes, by the package shap: reads them from a file, writes JSON."""

import json
import sys

import numpy as np
import shap

with open(sys.argv[1]) as file:
    asked = json.load(file)

trees = [
    {
        "children_left": np.array(tree["left"]),
        "children_right": np.array(tree["right"]),
        "children_default": np.array(tree["missing"]),
        "features": np.array(tree["feature"]),
        "thresholds": np.array(tree["threshold"], dtype=np.float64),
        "values": np.array(tree["value"], dtype=np.float64).reshape(-1, 1),
        "node_sample_weight": np.array(tree["cover"], dtype=np.float64),
    }
    for tree in asked["trees"]
]
rows = np.array([[np.nan if value is None else value for value in row] for row in asked["rows"]], dtype=np.float64)
explainer = shap.TreeExplainer({"trees": trees}, feature_perturbation="tree_path_dependent")
values = np.asarray(explainer.shap_values(rows, check_additivity=False)).reshape(len(rows), -1)
json.dump({"values": values.tolist(), "base": float(np.ravel(explainer.expected_value)[0])}, sys.stdout)
