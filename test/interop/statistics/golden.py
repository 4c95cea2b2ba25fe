"""What SciPy, statsmodels and GrowthBook's gbstats say of the same data: a list of {function, arguments, expected}."""
import json

import numpy as np
from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import (
    ProportionStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
    compute_theta,
)
from scipy import special, stats
from scipy.spatial import distance
from statsmodels.stats import inter_rater, multitest, proportion

cases = []
rng = np.random.default_rng(11)


def case(function, arguments, expected):
    cases.append({"function": function, "arguments": arguments, "expected": expected})


def distributions():
    for x in [1e-10, 0.1, 1, 5.5, 10, 30, 37, -1, -10]:
        case("normalTail", [x], stats.norm.sf(x))
    for p in [1e-200, 1e-12, 1e-5, 0.001, 0.025, 0.3, 0.5, 0.7, 0.999]:
        case("normalQuantile", [p], stats.norm.isf(p))
    for freedom in [0.7, 1, 2.5, 10, 20.98, 200, 1e5]:
        for t in [0.3, 2, 15, 200]:
            case("studentTail", [t, freedom], stats.t.sf(t, freedom))
        for p in [1e-8, 0.025, 0.3, 0.8]:
            case("studentQuantile", [p, freedom], stats.t.isf(p, freedom))
    for freedom in [0.5, 1, 5, 9, 100, 1e4, 1e6]:
        for factor in [0.01, 0.5, 0.99, 1, 1.01, 1.5]:
            case("chiSquareTail", [freedom * factor, freedom], stats.chi2.sf(freedom * factor, freedom))
    for a, b in [(0.5, 0.5), (1, 1), (2, 30), (300, 700), (1e4, 2e5)]:
        for z in [-3, 0, 0.5, 4]:
            mean = a / (a + b)
            x = min(max(mean + z * (mean * (1 - mean) / (a + b + 1)) ** 0.5, 1e-3), 0.999)
            case("betaTail", [x, a, b], stats.beta.sf(x, a, b))
    for x in [1e-8, 0.3, 7.7, 15, 16, 1e3, 1e8]:
        case("lnGamma", [x], special.gammaln(x))
    for a, b in [(0.5, 0.5), (3, 4000), (1e5, 1e5), (1e-3, 20)]:
        case("lnBeta", [a, b], special.betaln(a, b))


def proportions():
    for a, b in [((5, 83), (12, 99)), ((1398, 10000), (1608, 10000)), ((0, 50), (7, 60)), ((40, 40), (38, 40))]:
        counts, trials = [a[0], b[0]], [a[1], b[1]]
        arms = [{"successes": x, "trials": n} for x, n in (a, b)]
        z, p = proportion.proportions_ztest(counts, trials)
        case("twoProportionZTest", arms, {"z": z, "pValue": p})
        between = proportion.confint_proportions_2indep(*a, *b, method="newcomb", compare="diff")
        case("newcombeInterval", arms, list(between))
        case("wilsonInterval", arms[:1], list(proportion.proportion_confint(*a, method="wilson")))
    for control, effect, ratio in [(0.8, 0.02, 1), (0.1, 0.03, 0.25), (0.02, -0.01, 3)]:
        needed = proportion.samplesize_proportions_2indep_onetail(-effect, control + effect, 0.8, ratio)
        case("unitsForProportions", [control, effect, {"ratio": ratio}], int(np.ceil(needed)))


def sums_of(values):
    return {"count": len(values), "sum": float(np.sum(values)), "squares": float(np.sum(np.square(values)))}


def pair_sums_of(y, x):
    return {
        "count": len(y),
        "y": float(y.sum()),
        "x": float(x.sum()),
        "yy": float((y * y).sum()),
        "xx": float((x * x).sum()),
        "xy": float((x * y).sum()),
    }


def mean_statistic(values):
    return SampleMeanStatistic(n=len(values), sum=float(values.sum()), sum_squares=float((values**2).sum()))


def difference(test):
    return {
        "difference": float(test.point_estimate),
        "standardError": float(np.sqrt(test.variance)),
        "interval": [float(edge) for edge in test.confidence_interval],
        "pValue": float(test.p_value),
    }


ABSOLUTE = FrequentistConfig(difference_type="absolute")
SEQUENTIAL = SequentialConfig(difference_type="absolute")


def means():
    for a, b in [
        (np.array([1.0, 2, 3]), np.array([1.1, 2.9, 4.2])),
        (rng.normal(10, 3, 40), rng.normal(11.5, 6, 25)),
        (rng.exponential(2, 500), rng.exponential(2.3, 300)),
    ]:
        result = stats.ttest_ind(b, a, equal_var=False)
        low, high = result.confidence_interval()
        expected = {"t": result.statistic, "freedom": result.df, "pValue": result.pvalue, "interval": [low, high]}
        case("welchOfMeans", [sums_of(a), sums_of(b)], expected)
        sequential = SequentialTwoSidedTTest(mean_statistic(a), mean_statistic(b), SEQUENTIAL)
        case("sequentialOfMeans", [sums_of(a), sums_of(b)], difference(sequential))
    for a, b in [
        (rng.normal(0, 1, 30), rng.normal(0.5, 1, 20)),
        (rng.integers(0, 5, 40), rng.integers(1, 6, 60)),
        (np.array([3, 3, 3]), np.array([3, 3])),
        (np.array([1, 2, 2]), np.array([2, 2, 3])),
    ]:
        result = stats.mannwhitneyu(b, a, method="asymptotic")
        expected = {"u": result.statistic, "pValue": 1.0 if np.isnan(result.pvalue) else result.pvalue}
        case("mannWhitney", [a.tolist(), b.tolist()], expected)


def sequential_proportions():
    for (x, n), (y, m) in [((1396, 3000), (2422, 3461)), ((50, 400), (60, 380)), ((9000, 60000), (9300, 61000))]:
        arms = [{"successes": x, "trials": n}, {"successes": y, "trials": m}]
        for name, kind in [("sequentialProportions", "absolute"), ("sequentialLift", "relative")]:
            config = SequentialConfig(difference_type=kind)
            control, treatment = ProportionStatistic(n=n, sum=x), ProportionStatistic(n=m, sum=y)
            case(name, arms, difference(SequentialTwoSidedTTest(control, treatment, config)))


def ratio_statistic(y, x):
    return RatioStatistic(
        n=len(y), m_statistic=mean_statistic(y), d_statistic=mean_statistic(x), m_d_sum_of_products=float((y * x).sum())
    )


def ratios():
    arms = []
    for lift in [0, 0.05]:
        answers = rng.poisson(5, 300) + 1.0
        skill = rng.beta(8, 3 - 20 * lift / 2, 300)
        arms.append((rng.binomial(answers.astype(int), skill).astype(float), answers))
    test = TwoSidedTTest(ratio_statistic(*arms[0]), ratio_statistic(*arms[1]), ABSOLUTE)
    case("welchOfRatios", [pair_sums_of(*arm) for arm in arms], difference(test))


def adjusted_statistic(y, x, theta):
    return RegressionAdjustedStatistic(
        n=len(y),
        post_statistic=mean_statistic(y),
        pre_statistic=mean_statistic(x),
        post_pre_sum_of_products=float((y * x).sum()),
        theta=theta,
    )


def cuped():
    arms = []
    for effect, units in [(0, 400), (0.3, 350)]:
        before = rng.normal(5, 2, units)
        arms.append((before * 0.8 + rng.normal(effect, 1, units), before))
    theta = compute_theta(*(adjusted_statistic(*arm, theta=0) for arm in arms))
    test = TwoSidedTTest(*(adjusted_statistic(*arm, theta=theta) for arm in arms), ABSOLUTE)
    case("cupedTest", [pair_sums_of(*arm) for arm in arms], {"theta": theta, **difference(test)})


def corrections():
    values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]
    case("holm", [values], multitest.multipletests(values, method="holm")[1].tolist())
    case("benjaminiHochberg", [values], multitest.multipletests(values, method="fdr_bh")[1].tolist())
    table = [[120, 8, 3], [14, 90, 6], [2, 9, 60]]
    case("agreementOf", [table], {"kappa": inter_rater.cohens_kappa(np.array(table)).kappa})
    for table in [[[0, 3, 0], [1, 1, 1], [3, 0, 0], [0, 2, 1], [0, 0, 3]], [[2, 0], [1, 1], [1, 1], [0, 2]]]:
        case("fleissOf", [table], {"kappa": inter_rater.fleiss_kappa(np.array(table), method="fleiss")})


def beliefs():
    for (x, n), (y, m) in [((3, 10), (6, 12)), ((120, 1000), (140, 1010)), ((48000, 60000), (48500, 60100)), ((0, 5), (5, 5))]:
        a, b = stats.beta(x + 1, n - x + 1), stats.beta(y + 1, m - y + 1)
        grid = np.linspace(0, 1, 2_000_001)
        density = a.pdf(grid)
        mean = b.mean() * special.betainc(y + 2, m - y + 1, grid)
        loss = np.trapz(density * (grid * b.cdf(grid) - mean), grid)
        win = np.trapz(density * b.sf(grid), grid)
        arms = [{"successes": x, "trials": n}, {"successes": y, "trials": m}]
        case("proportionBelief", arms, {"winProbability": float(win), "lossOfTreatment": float(loss)})


def drift():
    """Distances between two samples, and between two histograms."""
    rng = np.random.default_rng(12)
    for a, b in [
        (rng.normal(0, 1, 120), rng.normal(0.4, 1.2, 60)),
        (rng.normal(0, 1, 50), rng.normal(0, 1, 50)),
        (rng.integers(0, 6, 80).astype(float), rng.integers(1, 7, 30).astype(float)),
    ]:
        samples = [a.tolist(), b.tolist()]
        case("kolmogorovSmirnovOfSamples", samples, float(stats.ks_2samp(a, b).statistic))
        case("wassersteinOfSamples", samples, float(stats.wasserstein_distance(a, b)))
        if len(set(a)) == len(a):  # with ties SciPy's p-value is a bound, ours exact
            case("kolmogorovSmirnovPValue", samples, float(stats.ks_2samp(a, b, method="exact").pvalue))
    for x in [0.3, 0.8, 1.5, 3]:
        case("kolmogorovTail", [x], float(special.kolmogorov(x)))
    for p, q in [
        ([16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8]),
        ([120, 340, 90, 15, 435], [60, 150, 71, 22, 197]),
        ([1, 2, 3, 400], [30, 20, 10, 900]),
    ]:
        shares, others = np.array(p) / sum(p), np.array(q) / sum(q)
        case("jensenShannonDistance", [p, q], float(distance.jensenshannon(p, q, base=2)))
        case("hellingerDistance", [p, q], float(np.linalg.norm(np.sqrt(shares) - np.sqrt(others)) / np.sqrt(2)))
        case("psi", [p, q], float(stats.entropy(p, q) + stats.entropy(q, p)))
        result = stats.chi2_contingency([p, q], correction=False)
        case("chiSquareTwoSample", [p, q], {"statistic": result.statistic, "pValue": result.pvalue})
        edges = [0, 1, 2, 4, 8, 16, 32][: len(p) + 1]
        middles = [(a + b) / 2 for a, b in zip(edges, edges[1:])]
        case("wassersteinOfBins", [edges, p, q], float(stats.wasserstein_distance(middles, middles, p, q)))
        # its mean given the margins of the table is known in closed form
        n, m = sum(p), sum(q)
        case("meanChiSquare", [p, q], (n + m) / (n + m - 1) * (len(p) - 1))


def domain_classifier():
    """A discriminant with a diagonal covariance and a ridge, cross-fitted in four folds; AUROC by Mann and Whitney."""
    random = np.random.default_rng(12)
    for shift in [0, 4]:
        actual = np.array([False] * 24 + [True] * 16)
        table = random.integers(-20, 20, (40, 5)) + shift * actual[:, None]
        folds = random.permutation(np.arange(40) % 4)
        variance = table.var(axis=0)
        scaled = table / np.sqrt(variance + variance.mean())
        above = pairs = 0
        for fold in range(4):
            held, train = folds == fold, folds != fold
            weights = scaled[train & actual].mean(axis=0) - scaled[train & ~actual].mean(axis=0)
            a, b = scaled[held & actual] @ weights, scaled[held & ~actual] @ weights
            above += stats.mannwhitneyu(a, b).statistic
            pairs += len(a) * len(b)
        case("crossFittedAuroc", [table.tolist(), (2 * folds + actual).tolist()], above / pairs)


for section in [
    distributions, proportions, means, sequential_proportions, ratios, cuped, corrections, beliefs,
    drift, domain_classifier,
]:
    section()
print(json.dumps(cases, default=float))
