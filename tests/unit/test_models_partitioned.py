"""Partitioned weighted means: against loops, against derivatives by differences, and against a known truth."""

import numpy as np
import pytest

from pilot_analysis.models.not_estimable import NotEstimable
from pilot_analysis.models.partitioned import Watched, batch_partitioned_means, least_seen, partitioned_means

ENDS = np.append(np.arange(30, 361, 30), 365)


def made(n: int = 80, seed: int = 1, enrolled: bool = True) -> tuple[np.ndarray, Watched, np.ndarray]:
    """Amounts of two kinds, follow-up with cut-offs, leaving and losses, and who is chosen; `enrolled` some days on."""
    rng = np.random.default_rng(seed)
    limit, leaving, loss = rng.integers(100, 600, n), rng.geometric(0.002, n), rng.geometric(0.001, n)
    last = np.minimum(np.minimum(limit, leaving), loss)
    groups = rng.integers(0, 3, n), np.arange(n) % 2
    start = np.random.default_rng([seed, 2]).integers(0, 90, n) * enrolled
    start[1] = 380 * enrolled  # after the year
    watched = Watched.of(limit, last, (leaving <= last) & (last <= 365), *groups, ENDS, start)
    begun = last[:, None, None] > np.append(0, ENDS[:-1])[None, :, None]
    return rng.gamma(1, 1, (n, 13, 2)) * begun, watched, rng.random(n) < 0.6


def slow_mean(amount, watched, chosen, which):
    """The same with plain loops."""
    total = 0.0
    ended, lost_in_time = np.minimum(watched.last, 365).tolist(), watched.lost.tolist()
    for place, end in enumerate(ENDS):
        top = bottom = 0.0
        for i in np.flatnonzero(chosen):
            needed = min(watched.last[i], end) if watched.complete[i] else end
            if watched.last[i] < needed:
                continue
            mates = [k for k in range(len(watched)) if watched.group[k] == watched.group[i]]
            due, start = needed - watched.start[i], watched.start.tolist()
            chance = sum(watched.limit[k] - start[k] >= due for k in mates) / len(mates)
            beside = [k for k in range(len(watched)) if watched.loss_group[k] == watched.loss_group[i]]
            for day in range(-400, due):
                at_risk = sum(ended[k] - start[k] >= day for k in beside)
                lost = sum(lost_in_time[k] and ended[k] - start[k] == day for k in beside)
                chance *= 1 - lost / at_risk
            top += amount[i, place, which] / chance
            bottom += 1 / chance
        total += top / bottom
    return total


@pytest.mark.parametrize("enrolled", [True, False])
def test_means_are_those_of_plain_loops(enrolled):
    amount, watched, chosen = made(24, enrolled=enrolled)
    assert (watched.last < watched.start).any() == enrolled
    found = partitioned_means(amount, watched, chosen)
    assert watched.lost.any() and watched.complete.any()
    assert found.estimate == pytest.approx([slow_mean(amount, watched, chosen, which) for which in (0, 1)])


def test_many_resamples_at_once_are_each_the_mean_of_the_people_drawn():
    amount, watched, chosen = made()
    picks = np.random.default_rng(2).integers(0, 80, (5, 80))
    weights = np.stack([np.bincount(pick, minlength=80) for pick in picks]).astype(float)
    together = batch_partitioned_means(amount, watched, chosen, weights)
    for pick, found in zip(picks, together, strict=True):
        drawn = Watched.of(
            *(
                part[pick]
                for part in (watched.limit, watched.last, watched.complete, watched.group, watched.loss_group)
            ),
            ENDS,
            watched.start[pick],
        )
        assert partitioned_means(amount[pick], drawn, chosen[pick]).estimate == pytest.approx(found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_influences_are_derivatives_to_the_weights(seed):
    amount, watched, chosen = made(seed=seed)
    step = 1e-5 * np.eye(80)
    up, down = (batch_partitioned_means(amount, watched, chosen, 1 + shift) for shift in (step, -step))
    found = partitioned_means(amount, watched, chosen)
    assert found.influence == pytest.approx((up - down) / 2e-5, abs=1e-6)
    assert found.se == pytest.approx(np.sqrt((found.influence**2).sum(axis=0)))


def test_without_censoring_it_is_the_plain_mean():
    amount = np.random.default_rng(3).gamma(1, 1, (50, 13, 1))
    full = np.full(50, 400)
    plain = amount.sum(axis=(1, 2))
    for start in (0, np.arange(50) * 3):  # nobody's year is cut off, though the last could not be watched for a year
        watched = Watched.of(full, full, np.zeros(50), np.arange(50) % 3, np.zeros(50), ENDS, start)
        found = partitioned_means(amount, watched, np.ones(50, bool))
        assert found.estimate == pytest.approx([plain.mean()])
        assert found.se == pytest.approx([plain.std() / np.sqrt(50)])
        weights = np.random.default_rng(4).integers(0, 3, (2, 50)).astype(float)
        drawn = batch_partitioned_means(amount, watched, np.ones(50, bool), weights)
        assert drawn[:, 0] == pytest.approx(weights @ plain / weights.sum(axis=1))


def test_a_constant_amount_has_itself_as_mean_whatever_is_censored():
    _, watched, chosen = made()
    watched = Watched.of(watched.limit, watched.last, np.zeros(80), watched.group, watched.loss_group, ENDS)
    found = partitioned_means(np.full((80, 13, 1), 2.0), watched, chosen)
    assert found.estimate == pytest.approx([26.0])
    assert found.se == pytest.approx([0.0], abs=1e-12)


def test_with_40_percent_censored_the_weighted_mean_covers_the_truth_and_the_naive_mean_does_not():
    """An amount of 1 a day until recovery, exponential with mean 200 days; the cut-off falls anywhere in 0-600."""
    rng, trials, n = np.random.default_rng(20_230_616), 400, 200
    truth = 200 * (1 - np.exp(-365 / 200))
    covered, estimates, naive = [], [], []
    for _ in range(trials):
        recovery, limit = rng.exponential(200, n), rng.integers(30, 660, n)
        until = np.minimum(np.minimum(limit, 365)[:, None], ENDS)
        so_far = np.minimum(recovery[:, None], until)
        amount = np.diff(so_far, axis=1, prepend=0)[:, :, None]
        watched = Watched.of(limit, limit, np.zeros(n), np.arange(n) % 3, np.zeros(n), ENDS)
        found = partitioned_means(amount, watched, np.ones(n, bool))
        estimates.append(found.estimate[0])
        naive.append(amount.sum() / n)
        covered.append(abs(found.estimate[0] - truth) < 1.96 * found.se[0])
        assert least_seen(watched) > 0.2
    error = np.std(estimates) / np.sqrt(trials)
    assert abs(np.mean(estimates) - truth) < 4 * error + 0.5
    assert np.mean(naive) - truth < -20
    assert 0.92 <= np.mean(covered) <= 0.985


def test_late_enrolment_does_not_pass_for_a_late_cut_off():
    """An amount of 1 a day until recovery; who enrols late was absent so long, and is seen to a later day."""
    rng, n = np.random.default_rng(20_281_122), 20_000
    start, could = rng.choice([0, 140], n), rng.integers(150, 500, n)  # days that could be watched, whoever it is
    recovery, limit = start + rng.exponential(100, n), start + could
    until = np.minimum(np.minimum(limit, 365)[:, None], ENDS)
    amount = np.diff(np.minimum(recovery[:, None], until), axis=1, prepend=0)[:, :, None]
    truth = np.minimum(recovery, 365).mean()
    found = [
        partitioned_means(amount, Watched.of(limit, limit, np.zeros(n), np.zeros(n), np.zeros(n), ENDS, one), limit > 0)
        for one in (start, 0)
    ]
    assert abs(found[0].estimate[0] - truth) < 1  # of these very people: less than their standard error, 0.76
    assert found[1].estimate[0] - truth > 3


def test_it_says_when_nobody_is_seen_so_long():
    watched = Watched.of([100, 90], [100, 90], [False, False], [0, 1], [0, 0], ENDS)
    assert least_seen(watched) == 0
    with pytest.raises(NotEstimable, match="nobody is seen through every interval"):
        partitioned_means(np.ones((2, 13, 1)), watched, np.ones(2, bool))
    assert np.isnan(batch_partitioned_means(np.ones((2, 13, 1)), watched, np.ones(2, bool), np.ones((1, 2)))).all()


def test_faulty_follow_up_is_refused():
    with pytest.raises(ValueError, match="1 cases were seen beyond"):
        Watched.of([10, 9], [10, 10], [0, 0], [0, 0], [0, 0], ENDS)
    with pytest.raises(ValueError, match="one after the other"):
        Watched.of([10], [10], [0], [0], [0], [30, 30])
