"""Trains a classifier of texts on a split and predicts its test part, with probabilities:
python text-contestants.py SPLIT scikit-learn|fasttext"""

import json
import os
import resource
import sys
import tempfile
import time

import numpy as np

with open(sys.argv[1], encoding="utf-8") as file:
    split = json.load(file)
labels = split["labels"]


def texts(part):
    return [f"{document['title']} {document['abstract']}" for document in split[part]]


def truth(part):
    return np.array([labels.index(document["label"]) for document in split[part]])


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def sklearn_model():
    """TF-IDF and LinearSVC; margins become probabilities by a temperature from the validation part."""
    from scipy.optimize import minimize_scalar
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import log_loss
    from sklearn.svm import LinearSVC

    vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    model = LinearSVC(C=0.5).fit(vectoriser.fit_transform(texts("train")), truth("train"))
    held = model.decision_function(vectoriser.transform(texts("validation")))
    actual = truth("validation")
    loss = lambda t: log_loss(actual, softmax(held / t), labels=range(len(labels)))
    temperature = minimize_scalar(loss, bounds=(0.01, 10), method="bounded").x
    predict = lambda given: softmax(model.decision_function(vectoriser.transform(given)) / temperature)
    size = model.coef_.nbytes + sum(len(term) + 8 for term in vectoriser.vocabulary_)
    return predict, size


def fasttext_model():
    """fastText's supervised classifier: words and bigrams, its usual settings for texts of this length."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "train.txt")
        with open(file, "w", encoding="utf-8") as out:
            for text, label in zip(texts("train"), truth("train")):
                out.write(f"__label__{label} {' '.join(text.lower().split())}\n")
        model = fasttext.train_supervised(file, wordNgrams=2, lr=0.5, epoch=25, dim=100, minCount=2, bucket=200000, thread=1, seed=42, verbose=0)
        saved = os.path.join(folder, "model.bin")
        model.save_model(saved)
        size = os.path.getsize(saved)

    def predict(given):
        rows = np.zeros((len(given), len(labels)))
        for row, text in enumerate(given):
            # model.predict needs NumPy 1; this is what it calls
            for share, label in model.f.predict(" ".join(text.lower().split()) + "\n", len(labels), 0.0, "strict"):
                rows[row, int(label.removeprefix("__label__"))] = share
        return rows / rows.sum(axis=1, keepdims=True)

    return predict, size


start, start_cpu = time.perf_counter(), time.process_time()
predict, size = {"scikit-learn": sklearn_model, "fasttext": fasttext_model}[sys.argv[2]]()
fitted, fitted_cpu = time.perf_counter(), time.process_time()
test = texts("test")
probabilities = predict(test)
done = time.perf_counter()
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
        "packageMegabytes": size / 1e6,
        "predicted": [labels[k] for k in probabilities.argmax(axis=1)],
        "probabilities": probabilities.tolist(),
        "inference": {"p50": float(np.quantile(times, 0.5)), "p95": float(np.quantile(times, 0.95)), "mean": float(np.mean(times))},
    },
    sys.stdout,
)
