"""The best value after so many trials of Optuna's TPE: python optuna-contestant.py FUNCTION TRIALS SEED..."""

import json
import math
import sys
import time
import warnings

import optuna

ALPHA = [1, 1.2, 3, 3.2]
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]
OFFSETS = {"sgd": (0.2, -1), "adam": (0, -3), "rmsprop": (0.1, -3.5)}


def branin(trial):
    x = trial.suggest_float("x1", -5, 10)
    y = trial.suggest_float("x2", 0, 15)
    a = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return a**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(trial):
    xs = [trial.suggest_float(f"x{j + 1}", 0, 1) for j in range(6)]
    return -sum(
        alpha * math.exp(-sum(a * (x - p) ** 2 for a, x, p in zip(row, xs, ps)))
        for alpha, row, ps in zip(ALPHA, A, P)
    )


def mixed(trial):
    kind = trial.suggest_categorical("kind", ["sgd", "adam", "rmsprop"])
    offset, best = OFFSETS[kind]
    loss = offset + (math.log10(trial.suggest_float("lr", 1e-5, 1, log=True)) - best) ** 2
    loss += 0.15 * (trial.suggest_int("depth", 1, 8) - 4) ** 2
    loss += 0.2 * (math.log2(trial.suggest_int("width", 16, 512, log=True)) - 7) ** 2
    loss += 4 * (trial.suggest_float("dropout", 0, 0.6) - 0.25) ** 2
    if kind == "sgd":
        loss += 2 * (trial.suggest_float("momentum", 0, 1) - 0.9) ** 2
    return loss


FUNCTIONS = {"branin": branin, "hartmann6": hartmann6, "mixed": mixed}


def best_of(function, trials, seed):
    sampler = optuna.samplers.TPESampler(seed=seed, group=True)
    study = optuna.create_study(sampler=sampler)
    study.optimize(function, n_trials=trials)
    return study.best_value


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    name, trials, *seeds = sys.argv[1:]
    started = time.perf_counter()
    best = [best_of(FUNCTIONS[name], int(trials), int(seed)) for seed in seeds]
    seconds = time.perf_counter() - started
    print(json.dumps({"best": best, "seconds": seconds}))
