"""Augmented copies: laws they keep, what each change does to a sample, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.data import augmentation
from utils.data.augmentation import AUGMENTATIONS, Augmenter, problems
from utils.errors import ParameterError

SHAPES = {"audio": (60, 41, 2), "image": (28, 28, 1), "text": (150,)}
EVERY = [(kind, name) for kind, changes in AUGMENTATIONS.items() for name in changes]
every_change = pytest.mark.parametrize(("kind", "name"), EVERY)


def samples(kind, count=5, seed=0):
    if kind == "text":
        return np.random.default_rng(seed).integers(2, 3000, (count, *SHAPES[kind])).astype(np.float32)
    return np.random.default_rng(seed).normal(-30, 12, (count, *SHAPES[kind])).astype(np.float32)


def copies_of(name, block, seed=0, number=8, strength=1.0):
    kind = next(kind for kind, names in AUGMENTATIONS.items() if name in names)
    return Augmenter(kind, number, (name,), strength).copies(block, seed)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", AUGMENTATIONS)
@pytest.mark.parametrize("shape", [None, (1, 1, 1), (8, 8, 1), (3, 50, 2), (1, 7, 3)])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_copies_are_finite_and_of_the_samples_shape(kind, shape, count):
    shape = (shape or SHAPES[kind])[: len(SHAPES[kind])]
    block = np.random.default_rng(0).random((count, *shape), np.float32)
    copies = Augmenter(kind, 4, tuple(AUGMENTATIONS[kind])).copies(block, 1)
    assert copies.shape == (4, *block.shape)
    assert copies.dtype == np.float32
    assert np.isfinite(copies).all()


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_the_same_seed_gives_the_same_copies_and_copies_differ(kind):
    block = samples(kind)
    augmenter = Augmenter(kind, 6)
    first, again, other = augmenter.copies(block, 3), augmenter.copies(block, 3), augmenter.copies(block, 4)
    np.testing.assert_array_equal(first, again)
    assert not (first == other).all()
    assert len(np.unique(first.reshape(6, -1), axis=0)) == 6


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(EVERY), st.integers(0, 1000), st.integers(1, 7), st.booleans())
def test_a_samples_copies_do_not_depend_on_the_others(change, seed, cut, spread):
    kind, name = change
    block = samples(kind, 8, seed)
    if spread:
        block = np.asfortranarray(block)
    whole = copies_of(name, block, seed, 3)
    parts = [copies_of(name, part, seed, 3) for part in (block[:cut], block[cut:])]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=1))


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_more_copies_leave_the_first_as_they_are(kind):
    block = samples(kind)
    np.testing.assert_array_equal(Augmenter(kind, 9).copies(block, 0)[:4], Augmenter(kind, 4).copies(block, 0))


@every_change
def test_the_samples_are_not_changed(kind, name):
    block = samples(kind)
    before = block.copy()
    block.flags.writeable = False
    copies = copies_of(name, block)
    np.testing.assert_array_equal(block, before)
    assert not np.shares_memory(copies, block)
    assert (copies != block).any()


@every_change
def test_without_strength_nothing_changes(kind, name):
    block = samples(kind)
    copies = copies_of(name, block, strength=0)
    np.testing.assert_allclose(copies, np.broadcast_to(block, copies.shape), rtol=1e-6)


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_all_but_flip_are_applied_unless_named(kind):
    block = samples(kind)
    named = tuple(name for name in AUGMENTATIONS[kind] if name != "flip")
    everything = Augmenter(kind, 5).copies(block, 2)
    np.testing.assert_array_equal(everything, Augmenter(kind, 5, named).copies(block, 2))
    np.testing.assert_array_equal(everything, Augmenter(kind, 5, named[::-1]).copies(block, 2))


def test_leaving_one_change_out_does_not_alter_the_others():
    block = samples("audio")
    shifted = copies_of("time_shift", block)
    both = Augmenter("audio", 8, ("time_shift", "gain")).copies(block, 0)
    np.testing.assert_allclose(both - shifted, copies_of("gain", block) - block, atol=1e-4)


def distance_moved(copy, block, axis):
    """By how much `copy` is `block` moved along `axis`, edges repeated; fails where it is not."""
    length = block.shape[axis]
    for distance in range(-length, length + 1):
        places = [min(max(place - distance, 0), length - 1) for place in range(length)]
        if (np.take(block, places, axis) == copy).all():
            return distance
    raise AssertionError("not moved by whole steps")


def test_a_time_shift_moves_frames_either_way_within_a_fifth():
    block = samples("audio", 2)
    distances = [distance_moved(copy, block, 2) for copy in copies_of("time_shift", block, number=200)]
    assert min(distances) == -8
    assert max(distances) == 8


def test_a_shift_moves_pixels_either_way_within_a_tenth():
    block = np.zeros((1, 28, 28, 1), np.float32)
    block[0, 14, 14] = 1
    copies = copies_of("shift", block, number=400)
    found = np.argwhere(copies[..., 0] == 1)[:, 2:] - 14
    assert len(found) == 400
    assert set(map(tuple, found.tolist())) == {(down, right) for down in range(-3, 4) for right in range(-3, 4)}


@pytest.mark.parametrize(("name", "axis", "widest"), [("time_mask", 2, 8), ("frequency_mask", 1, 12)])
def test_a_mask_fills_one_stretch_with_the_mean(name, axis, widest):
    block = samples("audio", 3)
    widths = []
    for copy in copies_of(name, block, number=300):
        changed = np.flatnonzero((copy != block).any(axis=tuple({0, 1, 2, 3} - {axis})))
        widths.append(len(changed))
        if len(changed):
            assert changed[-1] - changed[0] + 1 == len(changed)
            filled = np.take(copy, changed, axis)
            np.testing.assert_allclose(filled, np.broadcast_to(block.mean(axis=(1, 2), keepdims=True), filled.shape), rtol=1e-5)
    assert set(widths) == set(range(widest + 1))


def test_gain_adds_decibels_to_the_first_channel_alone():
    block = samples("audio", 3)
    change = copies_of("gain", block, number=500) - block
    gains = change[:, 0, 0, 0, 0]
    np.testing.assert_allclose(change[..., 0], np.broadcast_to(gains[:, None, None, None], (500, 3, 60, 41)), atol=1e-4)
    np.testing.assert_array_equal(change[..., 1], 0)
    assert -6 <= gains.min() < -5.9
    assert 5.9 < gains.max() <= 6


def test_noise_is_one_pattern_in_proportion_to_each_samples_spread():
    block = samples("audio", 3)
    block[1] *= 2
    change = copies_of("noise", block, number=400) - block
    relative = change / block.std(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(relative[:, 0], relative[:, 1], atol=1e-4)
    strengths = relative[:, 0].std(axis=(1, 2, 3))
    assert strengths.min() < 0.01
    assert 0.19 < strengths.max() < 0.21


def test_noise_leaves_silence_alone():
    silence = np.full((2, 60, 41, 2), -80, np.float32)
    copies = copies_of("noise", silence)
    np.testing.assert_array_equal(copies, np.broadcast_to(silence, copies.shape))


def test_a_rotation_turns_about_the_centre_by_at_most_fifteen_degrees():
    block = np.zeros((1, 41, 41, 1), np.float32)
    block[0, 20, 35:38] = 1
    down, right = np.mgrid[:41, :41] - 20
    angles = []
    for copy in copies_of("rotation", block, number=200):
        weight = copy[0, ..., 0] / copy.sum()
        y, x = (weight * down).sum(), (weight * right).sum()
        assert np.hypot(x, y) == pytest.approx(16, abs=0.15)
        angles.append(np.degrees(np.arctan2(y, x)))
    assert -15.2 < min(angles) < -14
    assert 14 < max(angles) < 15.2


def test_a_flip_mirrors_about_half_of_the_copies():
    block = samples("image", 2)
    mirrored = [(copy == block[:, :, ::-1]).all() for copy in copies_of("flip", block, number=400)]
    kept = [(copy == block).all() for copy in copies_of("flip", block, number=400)]
    assert [one != other for one, other in zip(mirrored, kept, strict=True)] == [True] * 400
    assert 150 < sum(mirrored) < 250


def test_word_dropout_makes_a_tenth_of_the_words_unknown_at_the_same_places():
    block = samples("text", 4)
    block[1, 60:] = 0
    copies = copies_of("word_dropout", block, number=300)
    dropped = copies[:, 0] == 1
    assert 0.09 < dropped.mean() < 0.11
    assert dropped.any(axis=0).all()
    for sample, row in enumerate(block):
        expected = np.where(dropped & (row != 0), 1, row)
        np.testing.assert_array_equal(copies[:, sample], expected)


@every_change
def test_every_change_has_a_known_range(kind, name):
    assert problems(kind, [name]) == []
    assert getattr(augmentation, f"_{name}").__doc__


def test_unknown_names_are_answered_with_the_nearest():
    assert problems("audio", None) == []
    known = "known: time_shift, time_mask, frequency_mask, gain, noise"
    assert problems("audio", ["time_mask", "frequncy_mask", "flip"]) == [
        f"augmentations: there is no 'frequncy_mask' for audio data; did you mean frequency_mask?; {known}",
        f"augmentations: there is no 'flip' for audio data; {known}",
    ]


def test_an_empty_list_is_refused():
    expected = "augmentations: received an empty list; expected some of shift, rotation, flip, or null for all but flip"
    assert problems("image", []) == [expected]


def test_other_kinds_have_none():
    expected = "augmentations: there are none for data of the kind 'table', only for audio, image, text data"
    assert problems("table", ["shift"]) == [expected]


def test_an_augmenter_of_wrong_names_cannot_be_made():
    with pytest.raises(ParameterError, match="there is no 'gain' for image data; known: shift, rotation, flip"):
        Augmenter("image", 2, ("gain",))


def test_samples_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"expected image samples of three axes, \(b, …, …, channels\), got \(5, 8, 8\)"):
        Augmenter("image", 2).copies(np.zeros((5, 8, 8), np.float32), 0)
    with pytest.raises(ValueError, match=r"expected text samples of one axis, \(b, words\), got \(5, 8, 1\)"):
        Augmenter("text", 2).copies(np.zeros((5, 8, 1), np.float32), 0)


def test_data_without_augmentations_need_none() -> None:
    assert problems("table", None) == []
    assert "there are none for data of the kind 'table'" in problems("table", ["noise"])[0]
