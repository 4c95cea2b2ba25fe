"""What Optuna's PED-ANOVA says of random trials of some spaces: a list of {space, direction, trials, importances}."""

import json
import logging
import warnings

import numpy as np
import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(logging.ERROR)
rng = np.random.default_rng(7)

NETWORK = {
    "kind": {"type": "categorical", "choices": ["sgd", "adam", "rmsprop"]},
    "lr": {"type": "log_float", "low": 1e-5, "high": 1},
    "depth": {"type": "int", "low": 1, "high": 8},
    "width": {"type": "log_int", "low": 16, "high": 512},
    "dropout": {"type": "float", "low": 0, "high": 0.6, "step": 0.05},
    "momentum": {"type": "float", "low": 0, "high": 1, "when": {"kind": "sgd"}},
    "units": {"type": "int", "low": 10, "high": 200, "step": 10},
    "fixed": {"type": "int", "low": 3, "high": 3},
}
PLANE = {"x": {"type": "float", "low": -5, "high": 10}, "y": {"type": "float", "low": 0, "high": 15}}
SWITCHES = {
    "a": {"type": "categorical", "choices": [True, False]},
    "b": {"type": "categorical", "choices": [1, 2, 4, 8]},
    "c": {"type": "log_float", "low": 0.01, "high": 100},
}


def suggest(trial, name, domain):
    if domain["type"] == "categorical":
        return trial.suggest_categorical(name, domain["choices"])
    log = domain["type"].startswith("log")
    if domain["type"].endswith("int"):
        return trial.suggest_int(name, domain["low"], domain["high"], step=domain.get("step", 1), log=log)
    return trial.suggest_float(name, domain["low"], domain["high"], step=domain.get("step"), log=log)


def network(v):
    loss = {"sgd": 0.2, "adam": 0, "rmsprop": 0.1}[v["kind"]] + (np.log10(v["lr"]) + 3) ** 2
    loss += 0.15 * (v["depth"] - 4) ** 2 + 0.2 * (np.log2(v["width"]) - 7) ** 2 + 4 * (v["dropout"] - 0.25) ** 2
    return loss + 2 * (v.get("momentum", 0.9) - 0.9) ** 2


FUNCTIONS = [
    (NETWORK, network, "minimize", [2, 30, 60, 200]),
    (PLANE, lambda v: v["x"] ** 2 + v["y"], "minimize", [12, 100]),
    (SWITCHES, lambda v: v["a"] + 0.1 * v["b"] - np.log(v["c"]) ** 2, "maximize", [40]),
    (SWITCHES, lambda v: float(v["a"]), "maximize", [40]),
]


def case(space, function, direction, trials):
    sampler = optuna.samplers.RandomSampler(seed=int(rng.integers(1000)))
    study = optuna.create_study(sampler=sampler, direction=direction)

    def objective(trial):
        values = {}
        for name, domain in space.items():
            if all(values.get(other) == wanted for other, wanted in domain.get("when", {}).items()):
                values[name] = suggest(trial, name, domain)
        trial.set_user_attr("values", values)
        return float(function(values))

    study.optimize(objective, n_trials=trials)
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return {
        "space": space,
        "direction": direction,
        "trials": [{"values": t.user_attrs["values"], "value": t.value} for t in study.trials],
        "importances": optuna.importance.get_param_importances(study, evaluator=evaluator),
    }


print(json.dumps([case(s, f, d, n) for s, f, d, counts in FUNCTIONS for n in counts], separators=(",", ":")))
