"""Asks a server of the Open Inference Protocol with Triton's client: infer.py HOST:PORT MODEL. Prints what it got as JSON."""

import json
import sys

import numpy as np
from tritonclient.http import InferenceServerClient, InferenceServerException, InferInput, InferRequestedOutput

address, model = sys.argv[1:]
client = InferenceServerClient(address)


def texts(name, values):
    tensor = InferInput(name, [len(values)], "BYTES")
    tensor.set_data_from_numpy(np.array(values, dtype=np.object_), binary_data=False)
    return tensor


def error_of(call):
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}


inputs = [texts("title", ["wing and nest", "hull and mast"])]
wanted = [InferRequestedOutput(name, binary_data=False) for name in ("label", "probabilities")]
result = client.infer(model, inputs, outputs=wanted, request_id="mine", model_version="v1.0.0")
print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "modelReady": [client.is_model_ready(name) for name in (model, "other")],
            "server": client.get_server_metadata()["name"],
            "inputs": client.get_model_metadata(model)["inputs"],
            "id": result.get_response()["id"],
            "labels": result.as_numpy("label").tolist(),
            "shape": result.as_numpy("probabilities").shape,
            "error": error_of(lambda: client.infer(model, [texts("titel", ["wing"])])),
        }
    )
)
