"""Puts runs into the SQLite database of a running MLflow server, in one transaction: mlflow-seed.py DATABASE RUNS

Through its API ten thousand take a quarter of an hour. They have the values that mlflow-tracking.ts gives to those of epochlog.
"""

import sys
import uuid

import sqlalchemy
from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlMetric, SqlParam, SqlRun, SqlTag

engine = sqlalchemy.create_engine(sys.argv[1], connect_args={"timeout": 60})
rows = {table: [] for table in (SqlRun, SqlMetric, SqlLatestMetric, SqlParam, SqlTag)}
for i in range(int(sys.argv[2])):
    run_uuid = uuid.UUID(int=i + 1).hex
    name = f"run {i}"
    rows[SqlRun].append(
        {
            "run_uuid": run_uuid, "name": name, "source_type": "UNKNOWN", "source_name": "", "entry_point_name": "",
            "user_id": "", "status": "RUNNING", "start_time": i, "source_version": "", "lifecycle_stage": "active",
            "artifact_uri": f"mlflow-artifacts:/0/{run_uuid}/artifacts", "experiment_id": 0,
        }
    )  # fmt: skip
    rows[SqlTag].append({"key": "mlflow.runName", "value": name, "run_uuid": run_uuid})
    for n in range(5):
        metric = {"key": f"m{n}", "value": ((i * (n + 7)) % 101) / 101, "timestamp": i, "step": 0, "is_nan": False, "run_uuid": run_uuid}
        rows[SqlMetric].append(metric)
        rows[SqlLatestMetric].append(metric)
        rows[SqlParam].append({"key": f"p{n}", "value": str((i * (n + 3)) % 5), "run_uuid": run_uuid})
with engine.begin() as connection:
    for table, values in rows.items():
        connection.execute(sqlalchemy.insert(table), values)
