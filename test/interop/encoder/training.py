"""Losses of the encoders of golden.json while PyTorch fine-tunes them: python training.py > training.json (torch 2.13.0)

Gradients are those of autograd, steps those of torch.optim.AdamW, clipping that of torch.nn.utils. The factors of dropout
follow a rule that the program's test repeats.
"""

import base64
import json
import math
import struct
from pathlib import Path

import torch
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_num_threads(1)
BATCHES = [
    ([[2, 7, 4, 9, 10, 3], [2, 5, 3], [2, 8, 8, 6, 3]], [0, 2, 1]),
    ([[2, 1, 4, 3], [2, 9, 9, 10, 7, 5, 6, 3]], [1, 1]),
    ([[2, 6, 3], [2, 10, 4, 4, 3], [2, 5, 7, 3], [2, 3]], [2, 0, 1, 0]),
]
STEPS, RATE, DECAY, CLIP, LABELS = 12, 5e-3, 0.1, 0.5, 3
KEEP = 0.9


def read(data):
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        numbers = struct.unpack(f"<{(end - start) // 4}f", data[start:end])
        tensors[name] = torch.tensor(numbers, dtype=torch.float32).reshape(entry["shape"])
    return tensors


class Encoder(torch.nn.Module):
    def __init__(self, config, tensors):
        super().__init__()
        kind = config["model_type"]
        self.heads = config.get("num_attention_heads", config.get("n_heads"))
        count = config.get("num_hidden_layers", config.get("n_layers"))
        hidden = tensors["embeddings.word_embeddings.weight"].shape[1]
        positions = tensors["embeddings.position_embeddings.weight"]
        if kind == "bert":  # all tokens are of the first segment, whose embedding belongs to the positions
            positions = positions + tensors["embeddings.token_type_embeddings.weight"][0]
        weights = {
            "words": tensors["embeddings.word_embeddings.weight"],
            "positions": positions,
            "norm.weight": tensors["embeddings.LayerNorm.weight"],
            "norm.bias": tensors["embeddings.LayerNorm.bias"],
            "head.weight": torch.tensor([[math.sin(1 + k * hidden + i) / 5 for i in range(hidden)] for k in range(LABELS)]),
            "head.bias": torch.zeros(LABELS),
        }
        for layer in range(count):
            for ours, theirs in NAMES[kind].items():
                for part in ("weight", "bias"):
                    weights[f"{layer}.{ours}.{part}"] = tensors[f"{PREFIX[kind].format(layer)}{theirs}.{part}"]
        self.count, self.hidden = count, hidden
        self.w = torch.nn.ParameterDict({name.replace(".", "_"): torch.nn.Parameter(t.clone()) for name, t in weights.items()})

    def linear(self, x, name):
        return F.linear(x, self.w[f"{name}_weight"], self.w[f"{name}_bias"])

    def norm(self, x, name):
        return F.layer_norm(x, (self.hidden,), self.w[f"{name}_weight"], self.w[f"{name}_bias"], 1e-12)

    def forward(self, ids, mask, dropout):
        batch, tokens = ids.shape
        x = self.w["words"][ids] + self.w["positions"][:tokens]
        x = dropout("embeddings", self.norm(x, "norm"))
        bias = (1 - mask)[:, None, None, :] * -1e9
        split = lambda y: y.reshape(batch, tokens, self.heads, -1).transpose(1, 2)
        for at in range(self.count):
            q, k, v = (split(self.linear(x, f"{at}_{name}")) for name in ("query", "key", "value"))
            shares = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(self.hidden / self.heads) + bias, -1)
            context = (dropout(f"layer_{at}.shares", shares) @ v).transpose(1, 2).reshape(batch, tokens, self.hidden)
            x = self.norm(dropout(f"layer_{at}.attended", self.linear(context, f"{at}_attended")) + x, f"{at}_attendedNorm")
            inner = F.gelu(self.linear(x, f"{at}_inner"))
            x = self.norm(dropout(f"layer_{at}.outer", self.linear(inner, f"{at}_outer")) + x, f"{at}_outerNorm")
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return self.linear(dropout("head", mean), "head")


PREFIX = {"bert": "encoder.layer.{}.", "distilbert": "transformer.layer.{}."}
NAMES = {
    "bert": {
        "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
        "attended": "attention.output.dense", "attendedNorm": "attention.output.LayerNorm",
        "inner": "intermediate.dense", "outer": "output.dense", "outerNorm": "output.LayerNorm",
    },
    "distilbert": {
        "query": "attention.q_lin", "key": "attention.k_lin", "value": "attention.v_lin",
        "attended": "attention.out_lin", "attendedNorm": "sa_layer_norm",
        "inner": "ffn.lin1", "outer": "ffn.lin2", "outerNorm": "output_layer_norm",
    },
}


def train(config, tensors, has_dropout):
    model = Encoder(config, tensors)
    named = list(model.named_parameters())
    optimiser = torch.optim.AdamW([
        {"params": [p for _, p in named if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for _, p in named if p.ndim <= 1], "weight_decay": 0.0},
    ], lr=RATE, betas=(0.9, 0.999), eps=1e-8)
    losses, norms = [], []
    for step in range(STEPS):
        texts, labels = BATCHES[step % len(BATCHES)]
        longest = max(map(len, texts))
        ids = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
        mask = torch.tensor([[1.0] * len(text) + [0.0] * (longest - len(text)) for text in texts])

        def dropout(place, value):
            if not has_dropout:
                return value
            salt = step + sum(map(ord, place))
            factors = [0 if (7 * at + salt) % 10 == 0 else 1 / KEEP for at in range(value.numel())]
            return value * torch.tensor(factors, dtype=torch.float32).reshape(value.shape)

        optimiser.zero_grad()
        loss = F.cross_entropy(model(ids, mask, dropout), torch.tensor(labels))
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item())
        optimiser.step()
        losses.append(loss.item())
    return losses, norms


golden = json.loads((Path(__file__).parent / "golden.json").read_text())
runs = []
for case in golden:
    for has_dropout in (False, True):
        losses, norms = train(case["config"], read(base64.b64decode(case["safetensors"])), has_dropout)
        runs.append({"kind": case["config"]["model_type"], "dropout": has_dropout, "losses": losses, "norms": norms})
print(json.dumps({
    "batches": [{"texts": texts, "labels": labels} for texts, labels in BATCHES],
    "labels": LABELS, "learningRate": RATE, "decay": DECAY, "clip": CLIP, "keep": KEEP, "runs": runs,
}, indent=1))
