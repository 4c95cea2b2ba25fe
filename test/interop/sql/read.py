"""The rows of a Parquet and of an Arrow file, and the types of their columns, as JSON."""
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

parquet, arrow = sys.argv[1:]


def told(table):
    return {
        "types": {field.name: str(field.type) for field in table.schema},
        "rows": table.to_pylist(maps_as_pydicts="strict"),
    }


print(json.dumps({"parquet": told(pq.read_table(parquet)), "arrow": told(pa.ipc.open_file(arrow).read_all())}, default=str))
