"""A part of encoder.ts: the steps of encoder-contestant.ts in PyTorch, as JSON."""

import json
import math
import sys
import time

import torch
from torch.nn import functional as F

contest = json.loads(sys.argv[1])
H, B, T, P = contest["hidden"], contest["batch"], contest["tokens"], contest["dropout"]
torch.manual_seed(1)


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.attended = (torch.nn.Linear(H, H) for _ in range(4))
        self.inner, self.outer = torch.nn.Linear(H, contest["intermediate"]), torch.nn.Linear(contest["intermediate"], H)
        self.norm_1, self.norm_2 = torch.nn.LayerNorm(H, 1e-12), torch.nn.LayerNorm(H, 1e-12)

    def forward(self, x, mask):
        split = lambda y: y.view(B, T, contest["heads"], -1).transpose(1, 2)
        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        shares = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(H / contest["heads"]) + mask, -1)
        context = (F.dropout(shares, P) @ v).transpose(1, 2).reshape(B, T, H)
        x = self.norm_1(F.dropout(self.attended(context), P) + x)
        return self.norm_2(F.dropout(self.outer(F.gelu(self.inner(x))), P) + x)


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions = torch.nn.Embedding(contest["vocabulary"], H), torch.nn.Embedding(512, H)
        self.norm, self.head = torch.nn.LayerNorm(H, 1e-12), torch.nn.Linear(H, contest["labels"])
        self.layers = torch.nn.ModuleList(Layer() for _ in range(contest["layers"]))

    def forward(self, ids, mask):
        x = F.dropout(self.norm(self.words(ids) + self.positions(torch.arange(T))), P)
        for layer in self.layers:
            if contest["checkpointing"]:
                x = torch.utils.checkpoint.checkpoint(layer, x, mask, use_reentrant=False)
            else:
                x = layer(x, mask)
        return self.head(F.dropout(x.mean(1), P))


model = Encoder()
for parameter in model.parameters():
    if parameter.ndim > 1:
        torch.nn.init.normal_(parameter, 0, 0.02)
optimiser = torch.optim.AdamW(model.parameters(), lr=2e-5, weight_decay=0.01)
ids = torch.randint(1_000, contest["vocabulary"], (B, T))
mask = torch.zeros(B, 1, 1, T)
labels = torch.arange(B) % contest["labels"]
losses, seconds, cpu_seconds = [], [], []
for step in range(contest["steps"] + 1):
    start, cpu = time.perf_counter(), time.process_time()
    optimiser.zero_grad()
    loss = F.cross_entropy(model(ids, mask), labels)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    losses.append(loss.item())
    if step > 0:
        seconds.append(time.perf_counter() - start)
        cpu_seconds.append(time.process_time() - cpu)
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
print(json.dumps({"losses": losses, "seconds": seconds, "cpuSeconds": cpu_seconds, "peakBytes": peak, "version": torch.__version__}))
