"""The cache, the common size, the refusals, and that no bit depends on threads, blocks or a second run."""

import hashlib
import json
import os

import numpy as np
import pytest
from PIL import Image

from tests.utils.data.test_mapped_array import MANY_SIGNS
from utils.data import image_extraction
from utils.data.image_extraction import ImageSettings, extract_images
from utils.data.image_files import read_pixels
from utils.data.passing_error import PassingError
from utils.decoding.pictures import PictureDecoder
from utils.decoding.process import DecodingProcess
from utils.errors import DataError


def quiet(what, done, total):
    """Takes progress and says nothing."""


@pytest.fixture
def pictures(tmp_path):
    """Twenty-five grey pictures of 6 × 4 pixels: the folder and their names."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    names = [f"{number:02}.png" for number in range(25)]
    for number, name in enumerate(names):
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (6, 4), np.uint8)).save(folder / name)
    return folder, names


def extract(pictures, tmp_path, settings=ImageSettings(), progress=quiet, most=0.01):  # noqa: B008
    return extract_images(*pictures, settings, tmp_path / "cache", progress, most)


def forbid_decoding(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a decoding process was started")

    monkeypatch.setattr(DecodingProcess, "start", refuse)


def test_pixels_are_those_of_each_file_in_order(pictures, tmp_path):
    folder, names = pictures
    seen = []
    result = extract(pictures, tmp_path, progress=lambda *report: seen.append(report))
    expected = np.stack([read_pixels(folder / name, (6, 4), "grey") for name in names])
    np.testing.assert_array_equal(result.features, expected)
    assert isinstance(result.features, np.memmap)
    assert (result.reasons, result.sha256) == ((None,) * 25, hashlib.sha256(expected.tobytes()).hexdigest())
    assert seen[-1] == ("decoding images", 25, 25)
    with pytest.raises(ValueError, match="read-only"):
        result.features[0] = 0


@pytest.mark.parametrize(("bytes_per_block", "threads"), [(1, 1), (200, 3), (10**9, 2)])
def test_no_bit_depends_on_threads_or_blocks(pictures, tmp_path, monkeypatch, bytes_per_block, threads):
    expected = extract(pictures, tmp_path).sha256
    monkeypatch.setattr(image_extraction, "_BYTES_PER_BLOCK", bytes_per_block)
    monkeypatch.setattr(image_extraction, "core_count", lambda: threads)
    assert extract(pictures, tmp_path / "other").sha256 == expected


def test_a_second_time_nothing_is_decoded(pictures, tmp_path, monkeypatch):
    first = extract(pictures, tmp_path)
    forbid_decoding(monkeypatch)
    second = extract(pictures, tmp_path)
    assert (second.features.tobytes(), second.sha256) == (first.features.tobytes(), first.sha256)


@pytest.mark.parametrize("change", ["size", "channels", "file", "time", "fewer"])
def test_what_makes_new_features(pictures, tmp_path, change):
    folder, names = pictures
    extract(pictures, tmp_path)
    settings = {"size": ImageSettings((3, 3)), "channels": ImageSettings(channels="rgb")}.get(change, ImageSettings())
    if change == "file":
        Image.fromarray(np.zeros((6, 4), np.uint8)).save(folder / names[3])
    if change == "time":
        os.utime(folder / names[3], ns=(0, 0))
    extract((folder, names[:-1] if change == "fewer" else names), tmp_path, settings)
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 2


@pytest.mark.parametrize("damage", ["pixel", "cut", "record", "no record", "not JSON", "shape", "pipe", "archive", "header"])
def test_a_damaged_cache_is_made_anew(pictures, tmp_path, damage):
    whole = extract(pictures, tmp_path).features.tobytes()
    (array,) = (tmp_path / "cache").glob("*.npy")
    record = array.with_suffix(".json")
    content = bytearray(array.read_bytes())
    if damage == "pixel":
        content[-5] ^= 1
    array.write_bytes(content[:-8] if damage == "cut" else content)
    if damage == "pipe":
        array.unlink()
        os.mkfifo(array)
    if damage == "archive":
        array.write_bytes(b"PK\x03\x04")
    if damage == "header":
        array.write_bytes(MANY_SIGNS)
    if damage == "no record":
        record.unlink()
    if damage == "not JSON":
        record.write_text("{")
    if damage in {"record", "shape"}:
        change = {"reasons": [None]} if damage == "record" else {"shape": [4, 6, 1]}
        record.write_text(json.dumps(json.loads(record.read_text()) | change))
    assert extract(pictures, tmp_path).features.tobytes() == whole


def test_colours_where_one_image_has_them(pictures, tmp_path):
    folder, names = pictures
    Image.fromarray(np.full((6, 4, 3), (255, 0, 51), np.uint8)).save(folder / names[7])
    features = extract(pictures, tmp_path).features
    assert features.shape == (25, 6, 4, 3)
    np.testing.assert_allclose(features[7, 2, 2], [1, 0, 0.2], rtol=1e-6)
    assert extract(pictures, tmp_path, ImageSettings(channels="grey")).features.shape == (25, 6, 4, 1)


def test_images_of_several_sizes_name_the_odd_one_and_the_option(pictures, tmp_path):
    folder, names = pictures
    Image.fromarray(np.zeros((4, 6), np.uint8)).save(folder / names[0])
    with pytest.raises(DataError) as error:
        extract(pictures, tmp_path)
    assert str(error.value) == (
        f"{folder / names[0]}: is 4 × 6 pixels (height × width), but 24 of 25 images are 6 × 4, and all must have one size; "
        "set image_size in data_params, such as [6, 4], to scale them, or remove it"
    )
    assert extract(pictures, tmp_path, ImageSettings((6, 4))).features.shape == (25, 6, 4, 1)


@pytest.mark.parametrize("content", [b"", b"text", "cut"])
def test_an_unreadable_file_is_left_out_with_a_reason(pictures, tmp_path, content):
    folder, names = pictures
    path = folder / names[4]
    path.write_bytes(path.read_bytes()[:50] if content == "cut" else content)
    result = extract(pictures, tmp_path, most=0.04)
    expected = np.stack([read_pixels(folder / name, (6, 4), "grey") for name in names if name != names[4]])
    np.testing.assert_array_equal(result.features, expected)
    assert [number for number, reason in enumerate(result.reasons) if reason] == [4]
    assert result.reasons == extract(pictures, tmp_path, most=0.04).reasons
    with pytest.raises(DataError) as error:
        extract(pictures, tmp_path, most=0.03)
    assert str(error.value) == (
        "1 of 25 images cannot be used (4.00%), at most 3.00% may be; repair or remove them, or raise max_bad_files:\n  "
        f"04.png: {result.reasons[4]}"
    )


def test_many_unreadable_files_are_counted(pictures, tmp_path):
    folder, names = pictures
    for name in names[:5]:
        (folder / name).write_bytes(b"text")
    with pytest.raises(DataError, match=r"5 of 25 images cannot be used \(20\.00%\).*\n.*\n.*\n.*\n  … and 2 more$"):
        extract(pictures, tmp_path)
    assert not list((tmp_path / "cache").glob("*"))


def test_no_readable_file_is_an_error_whatever_may_be_bad(pictures, tmp_path):
    for name in pictures[1]:
        (pictures[0] / name).write_bytes(b"text")
    with pytest.raises(DataError, match="25 of 25 images cannot be used"):
        extract(pictures, tmp_path, most=1.0)


def test_a_file_that_goes_while_it_is_waited_for(pictures, tmp_path, monkeypatch):
    _, names = pictures

    def pixels(decoder, paths, size, channels):
        for path in paths:
            if path.name == names[9]:
                path.unlink()
        return given(decoder, paths, size, channels)

    given = PictureDecoder.pixels
    monkeypatch.setattr(PictureDecoder, "pixels", pixels)
    result = extract(pictures, tmp_path, most=0.1)
    assert len(result.features) == 24
    assert "FileNotFoundError" in result.reasons[9]


def test_features_that_cannot_be_read_back(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(image_extraction, "_read_cache", lambda *_: None)
    with pytest.raises(DataError, match=r"\.npy: the pixels written a moment ago cannot be read back; run again"):
        extract(pictures, tmp_path)


def test_a_fault_of_the_moment_is_not_kept(pictures, tmp_path, monkeypatch):
    whole = extract(pictures, tmp_path / "whole").features.tobytes()
    _, names = pictures

    def pixels(decoder, paths, size, channels):
        for path, answer in zip(paths, given(decoder, paths, size, channels), strict=True):
            fault = PassingError("cannot be decoded (OSError: [Errno 5] Input/output error)")
            yield fault if path.name == names[9] else answer

    given = PictureDecoder.pixels
    monkeypatch.setattr(PictureDecoder, "pixels", pixels)
    first = extract(pictures, tmp_path, most=0.1)
    assert (len(first.features), first.reasons[9], first.passing) == (
        24, "cannot be decoded (OSError: [Errno 5] Input/output error)", True,
    )  # fmt: skip
    monkeypatch.undo()
    second = extract(pictures, tmp_path, most=0.1)
    assert (second.features.tobytes(), second.reasons, second.passing) == (whole, (None,) * 25, False)
    forbid_decoding(monkeypatch)
    assert extract(pictures, tmp_path, most=0.1).features.tobytes() == whole


def test_pictures_whose_header_could_not_be_read_are_looked_at_again(pictures, tmp_path, monkeypatch):
    def forms(decoder, paths):
        for path, answer in zip(paths, given(decoder, paths), strict=True):
            yield PassingError("cannot be decoded (MemoryError: )") if path.name == pictures[1][3] else answer

    given = PictureDecoder.forms
    monkeypatch.setattr(PictureDecoder, "forms", forms)
    assert extract(pictures, tmp_path, most=0.1).passing
    monkeypatch.undo()
    assert not extract(pictures, tmp_path, most=0.1).passing


def test_damage_is_kept(pictures, tmp_path, monkeypatch):
    (pictures[0] / pictures[1][4]).write_bytes(b"text")
    first = extract(pictures, tmp_path, most=0.1)
    forbid_decoding(monkeypatch)
    assert extract(pictures, tmp_path, most=0.1).reasons == first.reasons


def test_the_same_names_sizes_and_times_in_another_folder(tmp_path):
    shades = []
    for name, shade in (("a", 10), ("b", 20)):
        path = tmp_path / name / "x.bmp"
        path.parent.mkdir()
        Image.fromarray(np.full((2, 2), shade, np.uint8)).save(path)
        os.utime(path, ns=(0, 0))
        features = extract_images(path.parent, ["x.bmp"], ImageSettings(), tmp_path / "cache", quiet, 0).features
        shades.append(round(float(features[0, 0, 0, 0]) * 255))
    assert shades == [10, 20]
