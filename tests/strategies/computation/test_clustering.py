"""k-means against scikit-learn's, and its parts against loops."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from strategies.computation import clustering
from strategies.computation.clustering import Points, in_turns, kmeans, nearest, squared_distances, squared_norms


def rng(seed=0):
    return np.random.default_rng(seed)


def clouds(count, width, number, seed=0, apart=3.0):
    """Overlapping clouds of unequal sizes, cut off at 0 as embeddings are."""
    random = rng(seed)
    centres = apart * random.normal(size=(number, width))
    own = random.choice(number, count, p=random.dirichlet(np.full(number, 2.0)))
    return np.maximum(centres[own] + random.normal(size=(count, width)), 0).astype(np.float32)


def inertia(points, centres):
    return sum(((points[:, None] - part) ** 2).sum(axis=2).min(axis=1).sum() for part in [centres.astype(float)])


@pytest.mark.parametrize(
    ("count", "width", "clusters", "within"),
    [(400, 5, 8, 1.03), (3000, 4, 40, 1.03), (12_000, 4, 10, 1.03), (10_000, 8, 40, 1.04), (900, 300, 12, 1.03)],
)
def test_as_good_as_scikit_learns(count, width, clusters, within):
    """The sum of squared distances to the centres, on average; from a part of the points, and in fewer dimensions, too."""
    points = clouds(count, width, clusters)
    ours = [inertia(points, kmeans(points, clusters, rng(seed))[1]) for seed in range(3)]
    theirs = [inertia(points, KMeans(clusters, n_init=1, random_state=seed).fit(points).cluster_centers_) for seed in range(3)]
    assert np.mean(ours) < within * np.mean(theirs)


@pytest.mark.parametrize(("count", "width"), [(300, 3), (10_000, 2), (60, 400)])
def test_each_point_belongs_to_the_nearest_centre_and_no_cluster_is_empty(count, width):
    points = clouds(count, width, 7)
    labels, centres = kmeans(points, 7, rng())
    assert (labels.shape, labels.dtype, centres.dtype) == ((count,), np.int32, np.float32)
    assert sorted(set(labels)) == list(range(len(centres)))
    squared = ((points[:, None].astype(float) - centres) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared[np.arange(count), labels], squared.min(axis=1), rtol=1e-4)


def test_a_settled_centre_is_the_mean_of_its_points():
    points = clouds(500, 4, 5)
    labels, centres = kmeans(points, 5, rng())
    for label, centre in enumerate(centres):
        np.testing.assert_allclose(centre, points[labels == label].mean(axis=0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("width", [3, 300])
def test_clouds_far_from_one_another_and_from_the_origin_are_found(width):
    own = np.arange(240) % 12
    points = (1000 + 30 * rng(1).normal(size=(12, width))[own] + 0.1 * rng(2).normal(size=(240, width))).astype(np.float32)
    for seed in range(5):
        labels, _ = kmeans(points, 12, rng(seed))
        assert len(set(zip(labels, own, strict=True))) == 12


@pytest.mark.parametrize("width", [2, 300])
def test_no_more_clusters_than_distinct_points(width):
    points = np.repeat(np.arange(3, dtype=np.float32), 20)[:, None] * np.ones(width, np.float32)
    labels, centres = kmeans(points, 10, rng())
    assert len(centres) == 3
    assert [len(set(labels[part])) for part in (slice(0, 20), slice(20, 40), slice(40, 60))] == [1, 1, 1]
    labels, centres = kmeans(np.zeros_like(points), 10, rng())
    np.testing.assert_array_equal(centres, np.zeros((1, width)))
    assert not labels.any()


def test_no_more_clusters_than_points():
    labels, centres = kmeans(np.arange(3, dtype=np.float32)[:, None], 7, rng())
    assert (len(centres), len(set(labels))) == (3, 3)


@pytest.mark.parametrize(("count", "width"), [(200, 3), (10_000, 3), (50, 300)])
def test_the_generator_decides_bit_for_bit(count, width):
    points = clouds(count, width, 6)
    first, again, other = (kmeans(points, 6, rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_clustering_reads_a_file_without_a_copy_of_it(tmp_path):
    points = clouds(30_000, 6, 5)
    np.save(tmp_path / "points.npy", points)
    mapped = np.load(tmp_path / "points.npy", mmap_mode="r")
    np.testing.assert_array_equal(kmeans(mapped, 5, rng())[1], kmeans(points, 5, rng())[1])


# Points.


ABOVE, BELOW = clouds(7, 3, 2), clouds(12, 3, 2, seed=1)


@pytest.mark.parametrize("rows", [None, [3, 18, 0, 7, 7, 6]])
@pytest.mark.parametrize("arrays", [[BELOW], [ABOVE, BELOW], [ABOVE[:0], BELOW]])
@pytest.mark.parametrize("at_once", [1, 9, 1 << 20])
def test_points_are_the_arrays_put_one_below_the_other(arrays, rows, at_once, monkeypatch):
    monkeypatch.setattr(clustering, "AT_ONCE", at_once)
    whole = np.concatenate(arrays)
    rows = None if rows is None else np.array(rows) % len(whole)
    expected = whole if rows is None else whole[rows]
    points = Points(*arrays, rows=rows)
    assert (len(points), points.shape) == (len(expected), expected.shape)
    some = np.array([4, 0, 4, 2])
    np.testing.assert_array_equal(points.take(some), expected[some])
    np.testing.assert_array_equal(points.part(some).take(np.array([3, 1])), expected[some[[3, 1]]])
    np.testing.assert_allclose(points.mean(), expected.mean(axis=0), rtol=1e-6)
    found = [(part, block.copy()) for part, block in points.blocks(2)]
    np.testing.assert_array_equal(np.concatenate([block for _, block in found]), expected)
    assert [part.start for part, _ in found] == [0, *(part.stop for part, _ in found[:-1])]
    assert all(part.stop - part.start == len(block) and (at_once == 1 or block.size <= at_once) for part, block in found)


# Distances.


def test_squared_distances_against_a_loop():
    points, others = clouds(9, 4, 3), clouds(7, 4, 3, seed=1)
    expected = [[sum((float(a) - float(b)) ** 2 for a, b in zip(x, y, strict=True)) for y in others] for x in points]
    np.testing.assert_allclose(squared_distances(points, others, squared_norms(others)), expected, rtol=1e-4)


@pytest.mark.parametrize("width", [1, 7, 130, 1000])
def test_what_coincides_is_at_no_distance_wherever_it_stands(width):
    """The last bits of a product with a vector depend on where the row stands."""
    points = np.repeat(rng(width).normal(size=(1, width)).astype(np.float32), 11, axis=0)
    assert not squared_distances(points, points, squared_norms(points)).any()


# The nearest to each centre.


def nearest_by_loops(points, centres, n):
    """Turns of all centres; in each, as long as two want the same point, the first takes it and the others look again."""
    left, found = set(range(len(points))), {}
    while len(found) < n:
        waiting = list(range(len(centres)))
        while waiting and len(found) < n:
            wanted = {c: min(left, key=lambda i, c=c: ((points[i].astype(float) - centres[c]) ** 2).sum()) for c in waiting}
            for c in list(waiting):
                if wanted[c] in left and len(found) < n:
                    left.remove(wanted[c])
                    waiting.remove(c)
                    found[wanted[c]] = np.sqrt(((points[wanted[c]].astype(float) - centres[c]) ** 2).sum())
    return found


@pytest.mark.parametrize("at_once", [40, 1 << 20])
@pytest.mark.parametrize(("centres", "n"), [(5, 5), (20, 20), (20, 7), (3, 11), (1, 30)])
def test_nearest_against_loops(centres, n, at_once, monkeypatch):
    monkeypatch.setattr(clustering, "AT_ONCE", at_once)
    for seed in range(5):
        points, around = (rng(seed + k).normal(size=(count, 3)).astype(np.float32) for k, count in enumerate((30, centres)))
        expected = nearest_by_loops(points, around, n)
        rows, distances = nearest(Points(points), around, n, rng(seed))
        assert set(rows.tolist()) == set(expected)
        np.testing.assert_allclose(distances, [expected[row] for row in rows.tolist()], rtol=1e-5, atol=1e-6)
        assert (np.diff(distances) >= 0).all()


def test_the_nearest_is_found_among_points_close_together_and_far_from_all_others():
    """Their distances differ by less than single precision holds of the inner products."""
    points = np.array([[500, 500], [500.001, 500], [500.002, 500], [-1500, -1500]], np.float32)
    centres = np.array([[500.0011, 500], [-1500, -1500]], np.float32)
    assert all(set(nearest(Points(points), centres, 2, rng(seed))[0]) == {1, 3} for seed in range(20))


@pytest.mark.parametrize("value", [0.0, 1.0, -3.7e8, 1e-12])
def test_each_of_the_nearest_is_taken_as_often(value):
    points = np.full((6, 5), value, np.float32)
    points[5] += 1 + abs(value)
    counts = np.bincount([int(nearest(Points(points), points[:1], 1, rng(seed))[0][0]) for seed in range(1000)], minlength=6)
    assert counts[5] == 0
    assert abs(counts[:5] - 200).max() < 64  # five standard deviations


# Turns.


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), max_size=8), st.integers(0, 30))
def test_turns_against_a_loop(sizes, n):
    rounds = [[group for group, size in enumerate(sizes) if size > turn] for turn in range(5)]
    assert in_turns(np.array(sizes, dtype=np.intp), n).tolist() == list(itertools.chain(*rounds))[:n]
