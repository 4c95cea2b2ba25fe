"""A pretrained encoder in PyTorch on a split of texts, and its test part predicted, with probabilities; see engines.ts:
python torch-contestant.py SPLIT frozen|tuned WEIGHTS PARAMETERS

frozen: embeddings (the mean over the tokens, of length 1) with a standardised logistic regression, whose C has the least log loss
on the validation part: ours stops there at the epoch that is best, and scikit-learn fits to the end. tuned: the mean with a layer
of scores, by cross-entropy; AdamW, a linear schedule after a warm-up, gradients of length 1 at most, the epoch that is best on the
validation part. Probabilities have a temperature from the validation part."""

import copy
import json
import resource
import sys
import time

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss
from torch.nn import functional as F
from transformers import AutoModel, AutoTokenizer

with open(sys.argv[1], encoding="utf-8") as file:
    split = json.load(file)
kind, weights, parameters = sys.argv[2], sys.argv[3], json.loads(sys.argv[4])
labels = split["labels"]
torch.manual_seed(42)
tokenizer = AutoTokenizer.from_pretrained(weights)
dropout = parameters["dropout"] if kind == "tuned" else 0
encoder = AutoModel.from_pretrained(
    weights, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, add_pooling_layer=False
)
hidden = encoder.config.hidden_size
COSTS = [0.002 * 4**step for step in range(6)]
head = torch.nn.Linear(hidden, len(labels))


def texts(part):
    return [f"{document['title']}\n{document['abstract']}" for document in split[part]]


def truth(part):
    return np.array([labels.index(document["label"]) for document in split[part]])


def tokens(batch):
    return tokenizer(batch, truncation=True, max_length=parameters["maxTokens"], padding=True, return_tensors="pt")


def means(batch):
    """The mean of the last layer over the tokens of each text."""
    inputs = tokens(batch)
    mask = inputs["attention_mask"].unsqueeze(-1)
    return (encoder(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def temperature_of(scores, actual):
    loss = lambda t: log_loss(actual, softmax(scores / t), labels=range(len(labels)))
    return minimize_scalar(loss, bounds=(0.01, 10), method="bounded").x


@torch.no_grad()
def in_batches(given, compute):
    encoder.eval()
    return np.concatenate([compute(given[at : at + 16]).numpy() for at in range(0, len(given), 16)])


def frozen():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    embed = lambda given: in_batches(given, lambda batch: F.normalize(means(batch)))
    train, held = embed(texts("train")), embed(texts("validation"))

    def fitted(cost):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=cost, max_iter=200))
        model.fit(train, truth("train"))
        scores = model.decision_function(held)
        probabilities = softmax(scores / temperature_of(scores, truth("validation")))
        return log_loss(truth("validation"), probabilities, labels=range(len(labels))), cost, model

    loss, cost, model = min(map(fitted, COSTS), key=lambda fit: fit[:2])
    print(f"C = {cost}: log loss {loss:.4f} on the validation part", file=sys.stderr)
    return lambda given: model.decision_function(embed(given))


def tuned():
    decays, others = [], []
    for parameter in [*encoder.parameters(), *head.parameters()]:
        (decays if parameter.ndim > 1 else others).append(parameter)
    rate, batch_size, epochs = parameters["learningRate"], parameters["batchSize"], parameters["tuneEpochs"]
    optimiser = torch.optim.AdamW(
        [{"params": decays, "weight_decay": parameters["weightDecay"]}, {"params": others, "weight_decay": 0}], lr=rate
    )
    train, actual = texts("train"), torch.tensor(truth("train"))
    steps, warmup = -(-len(train) // batch_size) * epochs, parameters["warmupSteps"]
    share = lambda step: step / max(1, warmup) if step < warmup else (steps - step) / max(1, steps - warmup)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, share)
    scores = lambda given: in_batches(given, lambda batch: head(means(batch)))
    best = (np.inf, None)
    for epoch in range(epochs):
        encoder.train()
        for rows in torch.randperm(len(train)).split(batch_size):
            optimiser.zero_grad()
            given = means([train[row] for row in rows.tolist()])
            F.cross_entropy(head(F.dropout(given, dropout)), actual[rows]).backward()
            torch.nn.utils.clip_grad_norm_([*encoder.parameters(), *head.parameters()], parameters["clipNorm"])
            optimiser.step()
            schedule.step()
        held = scores(texts("validation"))
        loss = log_loss(truth("validation"), softmax(held), labels=range(len(labels)))
        print(f"epoch {epoch + 1}: log loss {loss:.4f} on the validation part", file=sys.stderr)
        if loss < best[0]:
            best = (loss, copy.deepcopy([encoder.state_dict(), head.state_dict()]))
    encoder.load_state_dict(best[1][0])
    head.load_state_dict(best[1][1])
    return scores


start, start_cpu = time.perf_counter(), time.process_time()
scores = {"frozen": frozen, "tuned": tuned}[kind]()
temperature = temperature_of(scores(texts("validation")), truth("validation"))
predict = lambda given: softmax(scores(given) / temperature)
fitted, fitted_cpu = time.perf_counter(), time.process_time()
test = texts("test")
probabilities = predict(test)
done = time.perf_counter()
torch.set_num_threads(1)  # as the packages beside it are timed
times = []
for text in test[:200]:
    asked = time.perf_counter()
    predict([text])
    times.append(1000 * (time.perf_counter() - asked))

json.dump(
    {
        "featuriseSeconds": 0,
        "fitSeconds": fitted - start,
        "fitCpuSeconds": fitted_cpu - start_cpu,
        "predictSeconds": done - fitted,
        "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "packageMegabytes": sum(p.numel() for p in encoder.parameters()) * 4 / 1e6,
        "predicted": [labels[k] for k in probabilities.argmax(axis=1)],
        "probabilities": probabilities.astype(float).tolist(),
        "inference": {
            "p50": float(np.quantile(times, 0.5)),
            "p95": float(np.quantile(times, 0.95)),
            "mean": float(np.mean(times)),
        },
    },
    sys.stdout,
)
