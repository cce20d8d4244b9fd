"""Every selection engine once more, as literally as its formula reads, to hold the fast ones against.

Double loops, explicit joint tables, explicit gradients, float64, from the formulas alone and not from the engines' code. Three
readings that the formulas leave open follow what the engines were seen to do: the units of several targets, `galaxy_options`
without a run, and labelled samples as members of their cluster in `typiclust`.

Where a formula leaves something to chance, a function gives all that the formula allows: the candidates, the
weights of a draw, the samples a next pick may be.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLIP = 1e-7


def entropy_of(p: Iterable[float]) -> float:
    return -sum(x * math.log(x) for x in map(float, p) if x > 0)


def distance(a: Floats, b: Floats) -> float:
    return math.sqrt(sum((float(x) - float(y)) ** 2 for x, y in zip(a, b, strict=True)))


def distances(rows: Floats, others: Floats) -> Floats:
    return np.array([[distance(a, b) for b in others] for a in rows]).reshape(len(rows), len(others))


def unit(rows: Floats) -> Floats:
    return np.array([np.asarray(row, dtype=float) / math.sqrt(sum(float(x) ** 2 for x in row)) for row in rows])


def one_hot(c: int, num_classes: int) -> Floats:
    return np.array([1.0 if k == c else 0.0 for k in range(num_classes)])


# Scores that depend on the sample alone.


def least_confidence(probabilities: Floats) -> list[float]:
    return [1 - max(map(float, p)) for p in probabilities]


def margin(probabilities: Floats) -> list[float]:
    ordered = [sorted(map(float, p), reverse=True) for p in probabilities]
    return [-(p[0] - p[1]) for p in ordered]


def entropy(probabilities: Floats) -> list[float]:
    return [entropy_of(p) for p in probabilities]


def egl(probabilities: Floats, h: Floats, *, bias: bool = True) -> list[float]:
    scores = []
    for p, x in zip(np.asarray(probabilities, dtype=float), np.asarray(h, dtype=float), strict=True):
        inputs = np.append(x, 1.0) if bias else x
        gradients = [np.outer(inputs, p - one_hot(c, len(p))) for c in range(len(p))]
        scores.append(sum(p[c] * math.sqrt((gradients[c] ** 2).sum()) for c in range(len(p))))
    return scores


def egl_by_differences(h: Floats, head: Floats) -> list[float]:
    """The same from the loss alone: the gradient of −ln softmax(h·W + b)[c] by central differences."""

    def loss(x: Floats, weights: Floats, c: int) -> float:
        logits = x @ weights[:-1] + weights[-1]
        return math.log(sum(math.exp(z) for z in logits)) - logits[c]

    scores = []
    head, step = np.asarray(head, dtype=float), 1e-5
    for x in np.asarray(h, dtype=float):
        total = 0.0
        for c in range(head.shape[1]):
            squares = 0.0
            for cell in np.ndindex(head.shape):
                nudge = np.zeros(head.shape)
                nudge[cell] = step
                squares += ((loss(x, head + nudge, c) - loss(x, head - nudge, c)) / (2 * step)) ** 2
            total += math.exp(-loss(x, head, c)) * math.sqrt(squares)
        scores.append(total)
    return scores


def egl_of_one_output(probabilities: Floats, h: Floats) -> list[float]:
    scores = []
    for p, x in zip(np.asarray(probabilities, dtype=float)[:, 1], np.asarray(h, dtype=float), strict=True):
        gradients = {y: (p - y) * np.append(x, 1.0) for y in (0, 1)}
        scores.append(sum(share * math.sqrt((gradients[y] ** 2).sum()) for y, share in ((1, p), (0, 1 - p))))
    return scores


def ecg(probabilities: Floats, h: Floats) -> list[float]:
    scores = []
    for p, x in zip(np.asarray(probabilities, dtype=float), np.asarray(h, dtype=float), strict=True):
        gradient = np.outer(x, p - one_hot(int(np.argmax(p)), len(p)))
        scores.append(sum(p[c] * math.sqrt((gradient[:, c] ** 2).sum()) for c in range(len(p))))
    return scores


def aift(augmented: Floats, alpha: float = 0.25) -> list[float]:
    scores = []
    for copies in np.clip(np.asarray(augmented, dtype=float), CLIP, None).swapaxes(0, 1):
        dominant = int(np.argmax(copies.mean(axis=0)))
        kept = sorted(copies, key=lambda p: -p[dominant])[: math.ceil(alpha * len(copies))]
        diversity = sum(
            (a[c] - b[c]) * math.log(a[c] / b[c]) for a, b in itertools.combinations(kept, 2) for c in range(len(a))
        )
        scores.append(sum(entropy_of(p) for p in kept) + diversity)
    return scores


def bald(stochastic: Floats) -> list[float]:
    passes, m, _ = stochastic.shape
    samples = [np.asarray(stochastic[:, i], dtype=float) for i in range(m)]
    return [entropy_of(p.mean(axis=0)) - sum(entropy_of(q) for q in p) / passes for p in samples]


def vote_entropy(members: Floats) -> list[float]:
    count, m, num_classes = members.shape
    votes = [[int(np.argmax(members[k, i])) for k in range(count)] for i in range(m)]
    return [entropy_of(vote.count(c) / count for c in range(num_classes)) for vote in votes]


def mean_kl(members: Floats) -> list[float]:
    scores = []
    for p in np.asarray(members, dtype=float).swapaxes(0, 1):
        consensus = p.mean(axis=0)
        divergences = [sum(q[c] * math.log(q[c] / consensus[c]) for c in range(len(q)) if q[c] > 0) for q in p]
        scores.append(sum(divergences) / len(divergences))
    return scores


def variance(predictions: Floats, targets: Floats) -> list[float]:
    """Summed over the targets, each in units of its standard deviation among the labelled samples."""
    scaled = np.asarray(predictions, dtype=float) / np.asarray(targets, dtype=float).std(axis=0)
    return [float(sum(np.var(sample, axis=0))) for sample in scaled.swapaxes(0, 1)]


# Scores that depend on the other samples too.


def information_density(probabilities: Floats, h: Floats, beta: float = 1.0) -> list[float]:
    directions = unit(h)
    scores = []
    for p, x in zip(probabilities, directions, strict=True):
        similarity = sum(float(x @ y) for y in directions) / len(directions)
        scores.append(entropy_of(p) * similarity**beta)
    return scores


def epig(stochastic: Floats, targets: Sequence[int]) -> list[float]:
    """Mean over the targets of the mutual information of y and y*, from the table of their joint probabilities."""
    stochastic = np.asarray(stochastic, dtype=float)
    passes, m, _ = stochastic.shape
    scores = []
    for i in range(m):
        total = 0.0
        for j in targets:
            joint = sum(np.outer(stochastic[k, i], stochastic[k, j]) for k in range(passes)) / passes
            apart = np.outer(joint.sum(axis=1), joint.sum(axis=0))
            total += sum(a * math.log(a / b) for a, b in zip(joint.ravel(), apart.ravel(), strict=True) if a > 0)
        scores.append(total / len(targets))
    return scores


def joint_information(stochastic: Floats, rows: Sequence[int]) -> float:
    """Mutual information of the labels of `rows` and the weights, from the table of all their combinations."""
    stochastic = np.asarray(stochastic, dtype=float)
    passes, _, num_classes = stochastic.shape
    joint = []
    for outcome in itertools.product(range(num_classes), repeat=len(rows)):
        given = [math.prod(stochastic[k, i, y] for i, y in zip(rows, outcome, strict=True)) for k in range(passes)]
        joint.append(sum(given) / passes)
    conditional = sum(entropy_of(stochastic[k, i]) for k in range(passes) for i in rows) / passes
    return entropy_of(joint) - conditional


def batchbald(stochastic: Floats, n: int) -> list[int]:
    picks: list[int] = []
    for _ in range(n):
        left = [i for i in range(stochastic.shape[1]) if i not in picks]
        picks.append(max(left, key=lambda i: joint_information(stochastic, [*picks, i])))
    return picks


# Greedy picks by distance.


def coreset(h: Floats, labelled_h: Floats, n: int) -> list[int]:
    h, labelled_h = np.asarray(h, dtype=float), np.asarray(labelled_h, dtype=float)
    centres, picks = list(labelled_h), []
    for _ in range(n):
        left = [i for i in range(len(h)) if i not in picks]
        if centres:
            pick = max(left, key=lambda i: min(distance(h[i], centre) for centre in centres))
        else:
            pick = min(left, key=lambda i: distance(h[i], h.mean(axis=0)))
        picks.append(pick)
        centres.append(h[pick])
    return picks


def standardised(rows: Floats, labelled_rows: Floats) -> tuple[Floats, Floats]:
    """Zero mean and unit variance over all samples, labelled or not."""
    everything = np.concatenate([rows, labelled_rows]).astype(float)
    mean, deviation = everything.mean(axis=0), everything.std(axis=0)
    return (rows - mean) / deviation, (labelled_rows - mean) / deviation


def gsx(features: Floats, labelled_features: Floats, n: int) -> list[int]:
    return coreset(*standardised(features, labelled_features), n)


def gsy(predictions: Floats, targets: Floats, n: int) -> list[int]:
    """Outputs in units of their standard deviation among the labelled samples."""
    deviation = np.asarray(targets, dtype=float).std(axis=0)
    return coreset(predictions / deviation, targets / deviation, n)


def igs(features: Floats, labelled_features: Floats, predictions: Floats, targets: Floats, n: int) -> list[int]:
    x, labelled_x = standardised(features, labelled_features)
    deviation = np.asarray(targets, dtype=float).std(axis=0)
    y = predictions / deviation
    centres, picks = list(zip(labelled_x, targets / deviation, strict=True)), []
    for _ in range(n):
        left = [i for i in range(len(x)) if i not in picks]
        products = {i: min(distance(x[i], a) * distance(y[i], b) for a, b in centres) for i in left}
        picks.append(max(products, key=products.__getitem__))
        centres.append((x[picks[-1]], y[picks[-1]]))
    return picks


def badge_gradients(probabilities: Floats, h: Floats) -> Floats:
    """(m, C·d) the gradient of the loss on ŷ by the weights of the last layer, built; argmax takes the lower class."""
    pairs = zip(np.asarray(probabilities, dtype=float), np.asarray(h, dtype=float), strict=True)
    return np.array([np.outer(p - one_hot(int(np.argmax(p)), len(p)), x).ravel() for p, x in pairs])


def badge_weights(gradients: Floats, picks: Sequence[int]) -> Floats:
    """(m,) probabilities of the next pick of k-means++ after `picks`."""
    squared = np.array([min(distance(g, gradients[j]) ** 2 for j in picks) for g in gradients])
    squared[list(picks)] = 0
    return squared / squared.sum()


def plackett_luce(weights: Floats, picks: Sequence[int]) -> Floats:
    """(m,) probabilities of the next draw without replacement after `picks`: what the top of ln w + Gumbel noise is."""
    left = np.array([0.0 if i in picks else w for i, w in enumerate(weights)])
    return left / left.sum()


# Density peaks.


def cutoff_at(h: Floats, percent: float) -> float:
    return float(np.percentile([distance(a, b) for a, b in itertools.combinations(h, 2)], percent))


def automatic_cutoffs(h: Floats, steps: int = 12) -> list[float]:
    """Values of d_c, closely spaced, within which 1–2 % of the other samples lie on average."""
    ordered = sorted(distance(a, b) for a, b in itertools.combinations(h, 2))
    counts = [k for k in range(1, len(ordered)) if 0.01 <= k / len(ordered) <= 0.02]
    return [x for k in counts for x in np.linspace(ordered[k - 1], ordered[k], steps, endpoint=False)]


def density_peaks(h: Floats, cutoff: float) -> tuple[Floats, Floats, list[int]]:
    """(n,) ρ, δ and the nearest sample of higher ρ (itself for the densest)."""
    apart = distances(h, h)
    n = len(h)
    rho = np.array([sum(math.exp(-((apart[i, j] / cutoff) ** 2)) for j in range(n) if j != i) for i in range(n)])
    delta, parent = np.empty(n), list(range(n))
    for i in range(n):
        denser = [j for j in range(n) if rho[j] > rho[i]]
        if denser:
            parent[i] = min(denser, key=lambda j: apart[i, j])
        delta[i] = apart[i, parent[i]] if denser else apart[i].max()
    return rho, delta, parent


def dpc_clusters(h: Floats, cutoff: float, n_clusters: int) -> tuple[list[int], list[int]]:
    """The centres, and for each sample the centre it ends at."""
    rho, delta, parent = density_peaks(h, cutoff)
    worth = (rho / rho.max()) * (delta / delta.max())
    centres = sorted(range(len(h)), key=lambda i: -worth[i])[:n_clusters]
    cluster = list(range(len(h)))
    for i in sorted(range(len(h)), key=lambda i: -rho[i]):
        if i not in centres:
            cluster[i] = cluster[parent[i]]
    return centres, cluster


def dpc_candidates(h: Floats, cutoff: float, n: int, n_clusters: int | None = None) -> set[int]:
    rho, _, _ = density_peaks(h, cutoff)
    centres, cluster = dpc_clusters(h, cutoff, n_clusters or n)
    border = dict.fromkeys(centres, 0.0)
    for i, j in itertools.permutations(range(len(h)), 2):
        if cluster[i] != cluster[j] and distance(h[i], h[j]) <= cutoff:
            border[cluster[i]] = max(border[cluster[i]], (rho[i] + rho[j]) / 2)
    halos = [{i for i in range(len(h)) if rho[i] < border[cluster[i]] / scale} for scale in range(1, 21)]
    return set(centres) | min(halos, key=lambda halo: abs(len(halo) - n))


def edpc(probabilities: Floats, h: Floats, n: int, cutoff: float | None = None, share: float = 0.75) -> list[set[int]]:
    """The sets of picks for each d_c that the automatic choice may come to, or for the one that is given."""
    uncertainty = entropy(probabilities)
    kept = sorted(range(len(h)), key=lambda i: -uncertainty[i])[: 3 * n]
    results = []
    for value in [cutoff] if cutoff else automatic_cutoffs(h[kept]):
        rho, delta, _ = density_peaks(h[kept], value)
        order = sorted(range(len(kept)), key=lambda i: -rho[i] * delta[i])
        centres = order[: math.floor(share * n)]
        rest = sorted(set(range(len(kept))) - set(centres), key=lambda i: -delta[i])
        results.append({kept[i] for i in [*centres, *rest[: n - len(centres)]]})
    return results


# Engines on top of a clustering, for data where the clustering is beyond doubt.


def nearest_to_centres(h: Floats, clusters: Sequence[int]) -> dict[int, int]:
    """For each cluster the sample nearest to its mean."""
    picks = {}
    for cluster in set(clusters):
        members = [i for i, own in enumerate(clusters) if own == cluster]
        centre = np.asarray(h, dtype=float)[members].mean(axis=0)
        picks[cluster] = min(members, key=lambda i: distance(h[i], centre))
    return picks


def typicality(h: Floats, members: Sequence[int], i: int) -> float:
    others = sorted(distance(h[i], h[j]) for j in members if j != i)
    nearest = others[: min(20, len(members) - 1)]
    return len(nearest) / sum(nearest)


def typiclust(h: Floats, clusters: Sequence[int], labelled_h: Floats, labelled_clusters: Sequence[int], n: int) -> list[int]:
    """The first pick of each cluster, best cluster first; for n up to the number of clusters of 5 or more.

    Labelled samples are members of their cluster: they count in its size and among the nearest.
    """
    everything, own = np.concatenate([h, labelled_h]), [*clusters, *labelled_clusters]
    members = {cluster: [i for i in range(len(own)) if own[i] == cluster] for cluster in set(clusters)}
    big = [cluster for cluster in members if len(members[cluster]) >= 5]
    order = sorted(big, key=lambda cluster: (list(labelled_clusters).count(cluster), -len(members[cluster])))
    worth = [typicality(everything, members[clusters[i]], i) for i in range(len(h))]
    return [max((i for i in range(len(h)) if clusters[i] == cluster), key=worth.__getitem__) for cluster in order[:n]]


def probcover_delta(h: Floats, pseudo_labels: Sequence[int], purity: float = 0.95) -> float:
    apart = distances(unit(h), unit(h))
    best = 0.05
    for delta in [0.05 * k for k in range(1, 31)]:
        pure = [all(pseudo_labels[j] == own for j in np.flatnonzero(apart[i] <= delta)) for i, own in enumerate(pseudo_labels)]
        if sum(pure) / len(pure) >= purity:
            best = delta
    return best


def probcover_degrees(h: Floats, labelled_h: Floats, delta: float, picks: Sequence[int]) -> list[int]:
    """For each sample of U, how many samples within δ of it, itself included, nothing labelled or picked covers yet."""
    everything = np.concatenate([unit(h), unit(labelled_h).reshape(-1, h.shape[1])])
    apart = distances(everything, everything)
    centres = [*picks, *range(len(h), len(everything))]
    uncovered = [i for i in range(len(everything)) if all(apart[i, j] > delta for j in centres)]
    return [sum(apart[i, j] <= delta for j in uncovered) for i in range(len(h))]


def cluster_margin_follows(probabilities: Floats, clusters: Sequence[int], picks: Sequence[int], factor: int = 10) -> bool:
    """Whether `picks` go round the clusters of the `factor`·B smallest margins, from the one with fewest of them."""
    scores = margin(probabilities)
    candidates = sorted(range(len(scores)), key=lambda i: -scores[i])[: factor * len(picks)]
    held = [clusters[i] for i in candidates]
    expected = sorted((turn, held.count(cluster)) for cluster in set(held) for turn in range(held.count(cluster)))
    taken = [clusters[i] for i in picks]
    received = [(taken[:k].count(cluster), held.count(cluster)) for k, cluster in enumerate(taken)]
    return set(picks) <= set(candidates) and received == expected[: len(picks)]


# Walks along a line.


def galaxy_options(
    probabilities: Floats, labelled_probabilities: Floats, labels: Sequence[int], picks: Sequence[int], c: int
) -> set[int]:
    """The samples class c may ask for next: the middles of the shortest runs between a labelled c and a labelled other.

    Without such a run: those nearest to where p_c begins to lead.
    """
    everything = np.concatenate([probabilities, labelled_probabilities]).astype(float)
    m = len(probabilities)
    known = dict(zip(range(m, len(everything)), map(int, labels), strict=True))
    known |= {i: int(np.argmax(probabilities[i])) for i in picks}
    lead = [p[c] - max(np.delete(p, c)) for p in everything]
    line = sorted(range(len(everything)), key=lambda i: lead[i])
    marks = [place for place, i in enumerate(line) if i in known]
    runs = [
        line[left + 1 : right]
        for left, right in itertools.pairwise(marks)
        if (known[line[left]] == c) != (known[line[right]] == c) and right - left > 1
    ]
    shortest = min(map(len, runs), default=0)
    if not runs:
        left = [i for i in range(m) if i not in picks]
        return {i for i in left if abs(lead[i]) <= min(abs(lead[j]) for j in left) + 1e-6}
    return {run[k] for run in runs if len(run) == shortest for k in ((len(run) - 1) // 2, len(run) // 2)}


def galaxy_orders(
    probabilities: Floats, labelled_probabilities: Floats, labels: Sequence[int], picks: Sequence[int]
) -> Iterator[list[int]]:
    """The orders of classes, each once before one comes again, that explain `picks`."""
    num_classes = np.shape(probabilities)[1]

    def explain(done: list[int]) -> Iterator[list[int]]:
        if len(done) == len(picks):
            yield done
            return
        this_time = done[len(done) // num_classes * num_classes :]
        for c in set(range(num_classes)) - set(this_time):
            options = galaxy_options(probabilities, labelled_probabilities, labels, picks[: len(done)], c)
            if picks[len(done)] in options:
                yield from explain([*done, c])

    return explain([])


def ratio_counts(validation_labels: Sequence[int], validation_probabilities: Floats) -> tuple[int, int]:
    """False positives and false negatives on the validation set."""
    predicted = [int(np.argmax(p)) for p in validation_probabilities]
    pairs = list(zip(map(int, validation_labels), predicted, strict=True))
    return pairs.count((0, 1)), pairs.count((1, 0))
