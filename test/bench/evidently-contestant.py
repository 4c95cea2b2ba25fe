"""PSI of every column of a frame against a reference by Evidently: seconds, CPU seconds and memory, as JSON.

python evidently-contestant.py REFERENCE.parquet CURRENT.parquet
"""

import json
import resource
import sys
import time

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

reading = time.perf_counter()
reference, current = (pd.read_parquet(path) for path in sys.argv[1:3])
read = time.perf_counter() - reading
before = resource.getrusage(resource.RUSAGE_SELF)
started = time.perf_counter()
snapshot = Report([DataDriftPreset(method="psi")]).run(current, reference)
measured = json.loads(snapshot.json())
seconds = time.perf_counter() - started
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
values = [
    float(metric["value"])
    for metric in measured["metrics"]
    if isinstance(metric["value"], (int, float))
]
print(
    json.dumps(
        {
            "readSeconds": read,
            "seconds": seconds,
            "cpuSeconds": cpu,
            "peakMb": after.ru_maxrss / 1000,
            "columns": len(values),
            "largest": max(values),
        }
    )
)
