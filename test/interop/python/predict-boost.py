"""Runs train.py, the guide's, in this folder, and prints what its model predicts of test.jsonl: python predict-boost.py"""

import json
import runpy
import sys

trained = runpy.run_path("train.py")
with open("test.jsonl", encoding="utf-8") as file:
    instances = [json.loads(line)["instance"] for line in file]
values = trained["model"].predict(trained["matrix"](instances)).clip(0, 100)
pairs = [{"instance": instance, "scores": [float(value)]} for instance, value in zip(instances, values)]
json.dump(pairs, sys.stdout)
