"""What scikit-learn says of the arrays that metrics.python.test.ts makes: reads them from a file, writes JSON."""

import json
import sys
import warnings

import numpy as np
from sklearn import metrics as m

warnings.simplefilter("ignore")


def defined(call, *args, **kwargs):
    """None where scikit-learn refuses the arrays, or says NaN."""
    try:
        value = float(call(*args, **kwargs))
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def curves(truth, score):
    fpr, tpr, thresholds = m.roc_curve(truth, score, drop_intermediate=False)
    precision, recall, ascending = m.precision_recall_curve(truth, score)
    return {
        "thresholds": thresholds[1:].tolist(),
        "fpr": fpr[1:].tolist(),
        "tpr": tpr[1:].tolist(),
        "precision": precision[:-1][::-1].tolist(),
        "recall": recall[:-1][::-1].tolist(),
        "ascending": ascending[::-1].tolist(),
    }


def classification(case):
    P, y = np.array(case["scores"]), np.array(case["actual"])
    w = None if case["weights"] is None else np.array(case["weights"], dtype=float)
    k = P.shape[1]
    p = P.argmax(axis=1)
    classes = np.arange(k)
    scores = P[:, 1] if k == 2 else P
    onehot = np.eye(k)[y]
    has_all = len(np.unique(y if w is None else y[w > 0])) == k
    out = {
        "accuracy": m.accuracy_score(y, p, sample_weight=w),
        "balancedAccuracy": m.balanced_accuracy_score(y, p, sample_weight=w),
        "mcc": m.matthews_corrcoef(y, p, sample_weight=w),
        "kappa": defined(m.cohen_kappa_score, y, p, sample_weight=w),
        "logLoss": m.log_loss(y, P, labels=classes, sample_weight=w),
        "brier": m.brier_score_loss(y, scores, labels=classes, sample_weight=w),
        "labelRankingAp": m.label_ranking_average_precision_score(onehot, P, sample_weight=w),
        "rocAuc": defined(m.roc_auc_score, y, scores, multi_class="ovr", labels=None if k == 2 else classes, sample_weight=w)
        if has_all
        else None,
        "averagePrecision": m.average_precision_score(y if k == 2 else onehot, scores, sample_weight=w) if has_all else None,
    }
    if all(len(set(row)) == k for row in P.tolist()):  # of equal probabilities it takes the last class, as argmax does not
        out["top2Accuracy"] = 1.0 if k == 2 else m.top_k_accuracy_score(y, P, k=2, labels=classes, sample_weight=w)
    if k > 2 and w is None:
        out["rocAucOvo"] = defined(m.roc_auc_score, y, P, multi_class="ovo", labels=classes) if has_all else None
    for average in ("macro", "weighted"):
        precision, recall, f1, _ = m.precision_recall_fscore_support(
            y, p, average=average, zero_division=0, sample_weight=w
        )
        out |= {f"{average}Precision": precision, f"{average}F1": f1}
        if average == "macro":
            out["macroRecall"] = recall
    out["macroJaccard"] = m.jaccard_score(y, p, average="macro", zero_division=0, sample_weight=w)
    if k == 2:
        out |= {
            "precision": m.precision_score(y, p, zero_division=0, sample_weight=w),
            "recall": m.recall_score(y, p, zero_division=0, sample_weight=w),
            "specificity": m.recall_score(y, p, pos_label=0, zero_division=0, sample_weight=w),
            "f1": m.f1_score(y, p, zero_division=0, sample_weight=w),
        }
    return {"numbers": out, "curves": curves(y == 1, P[:, 1]) if 0 < (y == 1).sum() < len(y) else None}


def regression(case):
    p, y = np.array(case["predicted"]), np.array(case["actual"])
    w = None if case["weights"] is None else np.array(case["weights"], dtype=float)
    kept = np.full(len(y), True) if w is None else w > 0
    repeated = np.repeat(np.abs(p - y), 1 if w is None else w.astype(int))
    return {
        "rmse": m.root_mean_squared_error(y, p, sample_weight=w),
        "mse": m.mean_squared_error(y, p, sample_weight=w),
        "mae": m.mean_absolute_error(y, p, sample_weight=w),
        "medianAbsoluteError": m.median_absolute_error(y, p) if w is None else float(np.median(repeated)),
        "maxError": m.max_error(y[kept], p[kept]),
        "mape": m.mean_absolute_percentage_error(y, p, sample_weight=w),
        "r2": m.r2_score(y, p, sample_weight=w),
        "explainedVariance": m.explained_variance_score(y, p, sample_weight=w),
        "pinball10": m.mean_pinball_loss(y, p, alpha=0.1, sample_weight=w),
        "pinball90": m.mean_pinball_loss(y, p, alpha=0.9, sample_weight=w),
    }


def multilabel(case):
    P, Y = np.array(case["scores"]), np.array(case["actual"])
    p = (P >= case["threshold"]).astype(int)
    both = 0 < Y.sum(axis=0).min() and Y.sum(axis=0).max() < len(Y)
    w = None if case["weights"] is None else np.array(case["weights"], dtype=float)
    averages = {}
    for average in ("micro", "macro", "weighted", "samples"):
        names = ("precision", "recall", "f1")
        figures = m.precision_recall_fscore_support(Y, p, average=average, zero_division=0, sample_weight=w)
        averages[average] = dict(zip(names, figures))
    losses = [m.log_loss(np.ravel(Y[:, k]), P[:, k], labels=[0, 1], sample_weight=w) for k in range(P.shape[1])]
    return {
        "subsetAccuracy": m.accuracy_score(Y, p, sample_weight=w),
        "hammingLoss": m.hamming_loss(Y, p, sample_weight=w),
        "jaccard": m.jaccard_score(Y, p, average="samples", zero_division=0, sample_weight=w),
        "microPrecision": averages["micro"]["precision"],
        "microRecall": averages["micro"]["recall"],
        "microF1": averages["micro"]["f1"],
        "macroPrecision": averages["macro"]["precision"],
        "macroRecall": averages["macro"]["recall"],
        "macroF1": averages["macro"]["f1"],
        "weightedPrecision": averages["weighted"]["precision"],
        "weightedF1": averages["weighted"]["f1"],
        "samplesF1": averages["samples"]["f1"],
        "labelRankingAp": m.label_ranking_average_precision_score(Y, P, sample_weight=w),
        "coverageError": m.coverage_error(Y, P, sample_weight=w),
        "rankingLoss": m.label_ranking_loss(Y, P, sample_weight=w),
        "logLoss": float(np.mean(losses)),
        "brier": float(np.average((P - Y) ** 2, axis=0, weights=w).mean()),
        "rocAuc": m.roc_auc_score(Y, P, average="macro", sample_weight=w) if both else None,
        "averagePrecision": m.average_precision_score(Y, P, average="macro", sample_weight=w) if both else None,
    }


kinds = {"classification": classification, "regression": regression, "multilabel": multilabel}
with open(sys.argv[1]) as file:
    cases = json.load(file)
json.dump([kinds[case["kind"]](case) for case in cases], sys.stdout)
