"""Sentence embeddings of tiny encoders by plain arithmetic, after the papers: python golden.py > golden.json

Devlin et al. 2019 (BERT, post-norm layers, GELU by erf), Sanh et al. 2019 (DistilBERT), Reimers and Gurevych 2019 (mean
over the tokens, length 1). Nothing of it is shared with the program: this is what its graphs are compared with.
"""

import base64
import json
import math
import random
import struct

VOCABULARY, POSITIONS, HIDDEN, INTERMEDIATE, LAYERS, HEADS = 11, 12, 8, 12, 2, 2
EPSILON = 1e-12
TEXTS = [[2, 7, 4, 9, 10, 3], [2, 5, 3], [2, 8, 8, 8, 6, 1, 4, 5, 9, 3]]

NAMES = {
    "bert": {
        "layer": "encoder.layer.{}.",
        "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
        "attended": "attention.output.dense", "attended_norm": "attention.output.LayerNorm",
        "inner": "intermediate.dense", "outer": "output.dense", "outer_norm": "output.LayerNorm",
    },
    "distilbert": {
        "layer": "transformer.layer.{}.",
        "query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin",
        "attended": "attention.out_lin", "attended_norm": "sa_layer_norm",
        "inner": "ffn.lin1", "outer": "ffn.lin2", "outer_norm": "output_layer_norm",
    },
}


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def tensors_of(kind, draw):
    names, tensors = NAMES[kind], {}

    def add(name, *shape):
        size = math.prod(shape)
        tensors[name] = (shape, [float32(draw.gauss(0, 0.5)) for _ in range(size)])

    def norm(name):
        add(f"{name}.weight", HIDDEN)
        add(f"{name}.bias", HIDDEN)

    def dense(name, inputs, outputs):
        add(f"{name}.weight", outputs, inputs)
        add(f"{name}.bias", outputs)

    add("embeddings.word_embeddings.weight", VOCABULARY, HIDDEN)
    add("embeddings.position_embeddings.weight", POSITIONS, HIDDEN)
    if kind == "bert":
        add("embeddings.token_type_embeddings.weight", 2, HIDDEN)
    norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = names["layer"].format(layer)
        for part in ("query", "key", "value", "attended"):
            dense(prefix + names[part], HIDDEN, HIDDEN)
        norm(prefix + names["attended_norm"])
        dense(prefix + names["inner"], HIDDEN, INTERMEDIATE)
        dense(prefix + names["outer"], INTERMEDIATE, HIDDEN)
        norm(prefix + names["outer_norm"])
    return tensors


def embed(kind, tensors, ids):
    names = NAMES[kind]

    def row(name, at):
        shape, values = tensors[name]
        return values[at * shape[1]:(at + 1) * shape[1]]

    def dense(name, vectors):
        outputs = tensors[f"{name}.weight"][0][0]
        bias = tensors[f"{name}.bias"][1]
        return [
            [sum(x * w for x, w in zip(vector, row(f"{name}.weight", k))) + bias[k] for k in range(outputs)]
            for vector in vectors
        ]

    def norm(name, vectors):
        scale, shift = tensors[f"{name}.weight"][1], tensors[f"{name}.bias"][1]
        normalised = []
        for vector in vectors:
            mean = sum(vector) / len(vector)
            deviation = math.sqrt(sum((x - mean) ** 2 for x in vector) / len(vector) + EPSILON)
            normalised.append([(x - mean) / deviation * s + b for x, s, b in zip(vector, scale, shift)])
        return normalised

    def add(a, b):
        return [[x + y for x, y in zip(u, v)] for u, v in zip(a, b)]

    def attention(prefix, vectors):
        query, key, value = (dense(prefix + names[part], vectors) for part in ("query", "key", "value"))
        size = HIDDEN // HEADS
        context = [[0.0] * HIDDEN for _ in vectors]
        for head in range(HEADS):
            part = slice(head * size, (head + 1) * size)
            for at, q in enumerate(query):
                scores = [sum(x * y for x, y in zip(q[part], k[part])) / math.sqrt(size) for k in key]
                shares = [math.exp(score - max(scores)) for score in scores]
                for share, v in zip(shares, value):
                    for k in range(part.start, part.stop):
                        context[at][k] += share / sum(shares) * v[k]
        return dense(prefix + names["attended"], context)

    vectors = [
        [a + b for a, b in zip(row("embeddings.word_embeddings.weight", id), row("embeddings.position_embeddings.weight", at))]
        for at, id in enumerate(ids)
    ]
    if kind == "bert":
        vectors = [[a + b for a, b in zip(vector, row("embeddings.token_type_embeddings.weight", 0))] for vector in vectors]
    vectors = norm("embeddings.LayerNorm", vectors)
    for layer in range(LAYERS):
        prefix = names["layer"].format(layer)
        vectors = norm(prefix + names["attended_norm"], add(attention(prefix, vectors), vectors))
        inner = [[x / 2 * (1 + math.erf(x / math.sqrt(2))) for x in vector] for vector in dense(prefix + names["inner"], vectors)]
        vectors = norm(prefix + names["outer_norm"], add(dense(prefix + names["outer"], inner), vectors))
    mean = [sum(column) / len(vectors) for column in zip(*vectors)]
    length = math.sqrt(sum(x * x for x in mean))
    return [x / length for x in mean]


def safetensors(tensors):
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        packed = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


CONFIGS = {
    "bert": {
        "model_type": "bert", "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS, "hidden_size": HIDDEN,
        "intermediate_size": INTERMEDIATE, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "hidden_act": "gelu", "layer_norm_eps": EPSILON,
    },
    "distilbert": {
        "model_type": "distilbert", "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS, "dim": HIDDEN,
        "hidden_dim": INTERMEDIATE, "n_layers": LAYERS, "n_heads": HEADS, "activation": "gelu",
    },
}

golden = []
for kind, config in CONFIGS.items():
    tensors = tensors_of(kind, random.Random(1))
    golden.append({
        "config": config,
        "safetensors": base64.b64encode(safetensors(tensors)).decode(),
        "texts": [{"ids": ids, "embedding": embed(kind, tensors, ids)} for ids in TEXTS],
    })
print(json.dumps(golden, indent=1))
