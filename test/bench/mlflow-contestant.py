"""Trains TF-IDF and a logistic regression on a split, and saves them for `mlflow models serve`: mlflow-contestant.py SPLIT FOLDER"""

import json
import sys

import mlflow
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline

with open(sys.argv[1], encoding="utf-8") as file:
    documents = json.load(file)

texts = [f"{document['title']} {document['abstract']}" for document in documents]
labels = [document["label"] for document in documents]
pipeline = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), SGDClassifier(loss="log_loss", random_state=0)
)
mlflow.sklearn.save_model(pipeline.fit(texts, labels), sys.argv[2], serialization_format="cloudpickle")
