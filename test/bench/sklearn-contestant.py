"""Trains TF-IDF and LinearSVC on a split and predicts its test part: python sklearn-contestant.py SPLIT"""

import json
import resource
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

with open(sys.argv[1], encoding="utf-8") as file:
    split = json.load(file)


def texts(part):
    return [f"{document['title']} {document['abstract']}" for document in split[part]]


train, test = texts("train"), texts("test")
labels = [document["label"] for document in split["train"]]

start = time.perf_counter()
vectoriser = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
features = vectoriser.fit_transform(train)
featurised = time.perf_counter()
model = LinearSVC(C=0.5).fit(features, labels)
fitted = time.perf_counter()
predicted = model.predict(vectoriser.transform(test)).tolist()
done = time.perf_counter()

json.dump(
    {
        "featuriseSeconds": featurised - start,
        "fitSeconds": fitted - featurised,
        "predictSeconds": done - fitted,
        "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        "predicted": predicted,
    },
    sys.stdout,
)
