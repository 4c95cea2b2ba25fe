"""Where river's detectors find changes in streams: a list of {detector, options, values, changes}."""
import json

import numpy as np
from river import drift

rng = np.random.default_rng(14)


def bits(*parts):
    return [int(x) for rate, count in parts for x in rng.random(count) < rate]


def numbers(*parts):
    return [round(float(x), 6) for mean, count in parts for x in np.abs(rng.normal(mean, 1, count))]


def gradual(before, after, count):
    return [int(x) for x in rng.random(count) < np.linspace(before, after, count)]


STREAMS = {
    "abrupt": bits((0.1, 1500), (0.3, 1500)),
    "two changes": bits((0.05, 800), (0.2, 900), (0.5, 800)),
    "gradual": bits((0.1, 800)) + gradual(0.1, 0.4, 1000) + bits((0.4, 700)),
    "better": bits((0.4, 1200), (0.1, 1200)),
    "stable": bits((0.2, 2500)),
    "numbers": numbers((0.5, 1000), (2.5, 1000)),
}

DETECTORS = {
    "pageHinkley": [
        (dict(warmUp=30, tolerance=0.005, threshold=50, memory=0.9999, direction="both"), drift.PageHinkley()),
        (
            dict(warmUp=30, tolerance=0.02, threshold=15, memory=1, direction="up"),
            drift.PageHinkley(min_instances=30, delta=0.02, threshold=15, alpha=1, mode="up"),
        ),
    ],
    "adwin": [
        (dict(delta=0.002, every=32, buckets=5, minimumWindow=5, warmUp=10), drift.ADWIN()),
        (
            dict(delta=0.05, every=1, buckets=3, minimumWindow=10, warmUp=50),
            drift.ADWIN(delta=0.05, clock=1, max_buckets=3, min_window_length=10, grace_period=50),
        ),
    ],
    "ddm": [
        (dict(warmUp=30, threshold=3), drift.binary.DDM()),
        (dict(warmUp=100, threshold=4), drift.binary.DDM(warm_start=100, drift_threshold=4)),
    ],
}

cases = []
for name, variants in DETECTORS.items():
    for options, detector in variants:
        for stream, values in STREAMS.items():
            if name == "ddm" and stream == "numbers":
                continue
            fresh = detector.clone()
            changes = []
            for at, value in enumerate(values):
                fresh.update(value)
                if fresh.drift_detected:
                    changes.append(at)
            cases.append({"detector": name, "options": options, "stream": stream, "changes": changes})
print(json.dumps({"streams": STREAMS, "cases": cases}))
