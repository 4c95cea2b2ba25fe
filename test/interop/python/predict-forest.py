"""Runs train.py, the guide's, in this folder, and prints what its model predicts of test.jsonl: python predict-forest.py"""

import json
import runpy
import sys

import pandas as pd

trained = runpy.run_path("train.py")
with open("test.jsonl", encoding="utf-8") as file:
    instances = [json.loads(line)["instance"] for line in file]
table = pd.DataFrame(instances)[trained["CATEGORIES"] + trained["NUMBERS"]]
table[trained["CATEGORIES"]] = table[trained["CATEGORIES"]].fillna("").astype(str)
table[trained["NUMBERS"]] = table[trained["NUMBERS"]].astype("float32")
pairs = [
    {"instance": instance, "scores": scores}
    for instance, scores in zip(instances, trained["model"].predict_proba(table).round(9).tolist())
]
json.dump(pairs, sys.stdout)
