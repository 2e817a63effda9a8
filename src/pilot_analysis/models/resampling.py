"""Resamples of the cases: bootstrap, cluster bootstrap, jackknife, and permutation of the allocation.

- A scheme draws positions of cases, a row per replicate; `as_weights` counts them into integer case weights, which the
  estimators of `batch` take. Nothing is ever copied or refitted case by case.
- Replicate r reads its own block of counters of one Philox stream, whose key comes from the `SeedSequence` of the seed:
  like a child of the sequence per replicate, but without the cost of a generator for each. Its draw therefore depends
  on the seed and on r alone, not on the batch, the worker or the number of replicates.
- Fails when: a group of one case has no variance under the bootstrap within groups (it is always drawn once).
"""

from collections.abc import Callable, Iterator

import numpy as np

_PER_COUNTER = 4  # numbers of 64 bits that Philox makes for each value of its counter


def bootstrap_picks(group, replicates: range, seed) -> np.ndarray:
    """Draw cases with replacement within groups, as many as each group has.

    Parameters
    ----------
    group
        Label of each case's group, shape (n,): for a trial its arm within its organisation (`joint_labels`).
    replicates
        The numbers of the replicates wanted, with step 1: `range(0, 500)`, then `range(500, 1000)`.
    seed
        Whole number or `SeedSequence`.

    Returns
    -------
    Positions of the cases drawn, shape (replicates, n); source: Davison and Hinkley 1997, section 3.8.
    """
    member, first, size = _slots(group)
    place = (_uniform(replicates, member.size, seed) * size).astype(np.int64)
    return member[first + place]


def cluster_bootstrap_weights(cluster, replicates: range, seed, group=None) -> np.ndarray:
    """Draw whole clusters with replacement, within groups of clusters if given; a case counts as often as its cluster.

    Parameters
    ----------
    cluster, group
        Labels, shape (n,); all cases of a cluster are in one group, else ValueError.
    replicates, seed
        As in `bootstrap_picks`.

    Returns
    -------
    Weights, shape (replicates, n). Groups of one cluster and fewer than some 20 clusters make it too narrow.
    """
    _, first, own = np.unique(np.asarray(cluster), return_index=True, return_inverse=True)
    group = np.zeros(own.size) if group is None else np.asarray(group)
    if np.any(group[first][own] != group):
        raise ValueError("a cluster has cases in more than one group")
    return as_weights(bootstrap_picks(group[first], replicates, seed), first.size)[:, own]


def jackknife_weights(cluster, replicates: range) -> np.ndarray:
    """Leave out one cluster at a time: weights (replicates, n), replicate r without the r-th label in sorted order."""
    own = np.unique(np.asarray(cluster), return_inverse=True)[1]
    return (own != np.arange(replicates.start, replicates.stop)[:, None]).astype(np.int64)


def allocation_picks(treated, group, replicates: range, seed) -> np.ndarray:
    """Allocate again within groups, with as many treated in each group as there were.

    Parameters
    ----------
    treated
        True where the case was allocated to the intervention, shape (n,).
    group
        Label within which the allocation was random, shape (n,).
    replicates, seed
        As in `bootstrap_picks`.

    Returns
    -------
    Positions of the cases allocated to the intervention, shape (replicates, treated cases): every allocation with these
    numbers is equally likely.
    """
    treated = np.asarray(treated, dtype=bool)
    label = np.unique(np.asarray(group), return_inverse=True)[1]
    if treated.shape != label.shape:
        raise ValueError(f"treated has shape {treated.shape}, group {label.shape}")
    # One sort of whole numbers shuffles all groups: group in the high bits, chance in the middle, position in the low.
    n, low = label.size, int(label.size).bit_length()
    high = 64 - int(label.max(initial=0)).bit_length()
    keys = _raw(replicates, n, seed)
    keys &= np.uint64((1 << high) - (1 << low))
    keys |= (label.astype(np.uint64) << np.uint64(high % 64)) | np.arange(n, dtype=np.uint64)
    keys.sort(axis=1)
    wanted = np.bincount(label[treated], minlength=label.max(initial=0) + 1)
    size = np.bincount(label)
    start = np.cumsum(size) - size
    slots = np.flatnonzero(np.arange(n) - np.repeat(start, size) < np.repeat(wanted, size))
    return (keys[:, slots] & np.uint64((1 << low) - 1)).astype(np.int64)


def as_weights(picks: np.ndarray, n: int) -> np.ndarray:
    """Count how often each of n cases was drawn: (replicates, n)."""
    row = np.arange(len(picks))[:, None] * n
    return np.bincount((row + picks).ravel(), minlength=len(picks) * n).reshape(-1, n)


def joint_labels(*labels) -> np.ndarray:
    """Return one whole number per combination of labels, each of shape (n,)."""
    codes = np.column_stack([np.unique(np.asarray(label), return_inverse=True)[1] for label in labels])
    return np.unique(codes, axis=0, return_inverse=True)[1].ravel()


def in_batches(total: int, size: int, progress: Callable[[int, int], None] | None = None) -> Iterator[range]:
    """Yield ranges of at most `size` replicates; `progress(done, total)` is called after each has been dealt with."""
    for start in range(0, total, size):
        stop = min(start + size, total)
        yield range(start, stop)
        if progress is not None:
            progress(stop, total)


def _slots(group) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cases in order of group; and for each the first slot of its group, and the size of it."""
    label = np.unique(np.asarray(group), return_inverse=True)[1]
    size = np.bincount(label)
    start = np.cumsum(size) - size
    return np.argsort(label, kind="stable"), np.repeat(start, size), np.repeat(size, size)


def _stream(replicates: range, width: int, seed) -> tuple[np.random.Philox, tuple[int, int]]:
    """Philox at the block of the first replicate, and the shape of the blocks: whole counters per replicate."""
    if replicates.step != 1:
        raise ValueError("replicates are numbered without gaps")
    counters = -(-width // _PER_COUNTER)
    stream = np.random.Philox(seed if isinstance(seed, np.random.SeedSequence) else np.random.SeedSequence(seed))
    stream.advance(replicates.start * counters)
    return stream, (len(replicates), counters * _PER_COUNTER)


def _raw(replicates: range, width: int, seed) -> np.ndarray:
    stream, shape = _stream(replicates, width, seed)
    return stream.random_raw(shape[0] * shape[1]).reshape(shape)[:, :width]


def _uniform(replicates: range, width: int, seed) -> np.ndarray:
    stream, shape = _stream(replicates, width, seed)
    return np.random.Generator(stream).random(shape)[:, :width]
