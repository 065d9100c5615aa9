"""The statistics of the walk: a relation that is there is found, one that is not is not, intervals cover."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bootstrap import difference, groups_by_rank, means, rank_correlation, weights

N = 240


def persistent(rng, n, phi=0.9):
    """Return a series that remembers, as weekly scores do; mean 0, variance 1."""
    x = np.empty(n)
    x[0] = rng.standard_normal()
    for i, e in enumerate(rng.standard_normal(n - 1) * (1 - phi * phi) ** 0.5, 1):
        x[i] = phi * x[i - 1] + e
    return x


def overlapping(rng, n, weeks=2):
    """Return returns over several weeks, one a week."""
    steps = rng.standard_normal(n + weeks)
    return sum(steps[k : k + n] for k in range(weeks))


def plain_rho(x, y):
    """Return Spearman's rho by its textbook: Pearson's of mean ranks."""
    ranks = [[((v < one).sum() + (v <= one).sum() + 1) / 2 for one in v] for v in (x, y)]
    return np.corrcoef(*ranks)[0, 1]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=30), st.integers(0, 1000))
def test_a_weighted_resample_has_the_correlation_of_the_resample_written_out(pairs, seed):
    x, y = np.array(pairs, dtype=float).T
    resampled = weights(len(x), seed, block=2, resamples=5)
    for row in resampled:
        a, b = (np.repeat(v, row.astype(int)) for v in (x, y))
        if len(set(a)) > 1 and len(set(b)) > 1:
            assert rank_correlation(x, y, row[None, :]).lower == pytest.approx(plain_rho(a, b))


@settings(max_examples=30)
@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 1000))
def test_a_resample_has_as_many_points_as_the_series_in_whole_blocks(n, block, seed):
    resampled = weights(n, seed, block, resamples=20)
    assert resampled.shape == (20, n) and (resampled.sum(axis=1) == n).all()
    assert (weights(n, seed, block, resamples=20) == resampled).all()  # seeded


@given(st.lists(st.floats(0, 100), min_size=10, max_size=80))
def test_groups_by_rank_are_of_one_size_ordered_and_share_no_point(values):
    groups = groups_by_rank(np.array(values))
    assert (groups.sum(axis=0) == 1).all() and np.ptp(groups.sum(axis=1)) <= 1
    for low, high in pairwise(groups):
        assert np.array(values)[low].max() <= np.array(values)[high].min()


def test_a_known_relation_is_found_with_its_size():
    rng = np.random.default_rng(1)
    score = persistent(rng, N)
    returns = 0.6 * score + overlapping(rng, N)
    resampled = weights(N, 1, resamples=1000)
    rho, groups = rank_correlation(score, returns, resampled), groups_by_rank(score)
    assert rho.says == 1 and rho.lower < plain_rho(score, returns) < rho.upper
    assert difference(returns, groups[9], groups[0], resampled).says == 1
    assert rank_correlation(-score, returns, resampled).says == -1
    lowest, *_, highest = means(returns, groups, resampled)
    assert lowest.value < returns.mean() < highest.value and lowest.n == N // 10


def test_noise_is_seldom_taken_for_a_relation():
    found, trials = 0, 60
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        said = rank_correlation(persistent(rng, N), overlapping(rng, N), weights(N, seed, resamples=200))
        found += said.says != 0
    assert found <= 9  # 3 are meant; blocks are finite, and a resample of few is rough


def test_an_interval_covers_the_mean_of_a_series_that_remembers_and_single_points_would_not():
    covered = {1: 0, 8: 0}
    for seed in range(100):
        series = overlapping(np.random.default_rng(seed), N, weeks=4)
        for block in covered:
            (mean,) = means(series, np.ones((1, N)), weights(N, seed, block, resamples=200))
            covered[block] += mean.lower <= 0.0 <= mean.upper
    assert covered[8] >= 0.85 * 100
    assert covered[1] < 0.75 * 100
