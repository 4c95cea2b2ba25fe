"""Prints as JSON what TensorBoard itself reads from a folder of event files."""

import json
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

multiplexer = EventMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
runs = {}
for run, tags in multiplexer.Runs().items():
    scalars = {
        tag: [[event.step, event.value] for event in multiplexer.Scalars(run, tag)] for tag in tags["scalars"]
    }
    content = {}
    for tag in ("session_start_info", "session_end_info"):
        metadata = multiplexer.SummaryMetadata(run, f"_hparams_/{tag}")
        data = HParamsPluginData.FromString(metadata.plugin_data.content)
        content[tag] = getattr(data, tag)
    start, end = content["session_start_info"], content["session_end_info"]
    values = {name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()}
    runs[run] = {"scalars": scalars, "parameters": values, "status": end.status, "group": start.group_name}
print(json.dumps(runs))
