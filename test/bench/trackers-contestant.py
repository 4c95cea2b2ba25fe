"""Imports a tracker, begins a run and logs 1,000 steps of two metrics; prints the seconds of each: trackers-contestant.py HOW

HOW is trackio; mlflow (each step when the one before is acknowledged), mlflow-async or mlflow-batch, with MLFLOW_TRACKING_URI set;
or http, the same requests with Python's own client and no library.
"""

import json
import os
import sys
import time

STEPS = 1000
begun = time.perf_counter()
how = sys.argv[1]
seconds = {}


def lap(name):
    global begun
    now = time.perf_counter()
    seconds[name] = now - begun
    begun = now


def values(step):
    return {"loss": 1 / (step + 1), "accuracy": step / STEPS}


def trackio_run():
    import trackio

    lap("import")
    trackio.init(project="bench", name="first")
    lap("init")
    for step in range(STEPS):
        trackio.log(values(step), step=step)
    lap("log")
    trackio.finish()
    lap("end")


def mlflow_run():
    import mlflow
    from mlflow.entities import Metric

    lap("import")
    mlflow.set_experiment("bench")
    run = mlflow.start_run(run_name="first")
    lap("init")
    if how == "mlflow-batch":
        client = mlflow.MlflowClient()
        now = int(time.time() * 1000)
        metrics = [Metric(key, value, now, step) for step in range(STEPS) for key, value in values(step).items()]
        for at in range(0, len(metrics), 1000):
            client.log_batch(run.info.run_id, metrics=metrics[at : at + 1000])
    else:
        for step in range(STEPS):
            mlflow.log_metrics(values(step), step=step, synchronous=how == "mlflow")
    lap("log")
    mlflow.end_run()
    lap("end")


def http_run():
    import http.client
    from urllib.parse import urlparse

    lap("import")
    connection = http.client.HTTPConnection(urlparse(os.environ["MLFLOW_TRACKING_URI"]).netloc)

    def post(path, body):
        connection.request("POST", f"/api/2.0/mlflow/{path}", json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {text}")
        return json.loads(text)

    run_id = post("runs/create", {"experiment_id": "0", "run_name": "first"})["run"]["info"]["run_id"]
    lap("init")
    for step in range(STEPS):
        now = int(time.time() * 1000)
        metrics = [{"key": key, "value": value, "timestamp": now, "step": step} for key, value in values(step).items()]
        post("runs/log-batch", {"run_id": run_id, "metrics": metrics})
    lap("log")
    post("runs/update", {"run_id": run_id, "status": "FINISHED", "end_time": int(time.time() * 1000)})
    lap("end")


{"trackio": trackio_run, "http": http_run}.get(how, mlflow_run)()
print(json.dumps(seconds))
