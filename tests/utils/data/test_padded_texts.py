"""Short names become an array as they are; one that would make all rows as long as itself is refused, from every source."""

import numpy as np
import pytest

from tests.utils.data import audio_files, table_files
from utils.data.external_images import ExternalImages, ImageColumns
from utils.data.external_set import ExternalSet
from utils.data.image_extraction import ImageSettings
from utils.data.padded_texts import LONGEST, padded_texts
from utils.data.source import SourceRequest, sources
from utils.errors import DataError

LONG = "z" * (LONGEST + 1)
RECEIVED = f"of at most 1,000 characters, received 1,001 characters, {'z' * 40!r} …; make it shorter"


def refused(source):
    with pytest.raises(DataError) as error:
        source.scan()
    return str(error.value)


@pytest.mark.parametrize("texts", [["a", "bc", ""], ["é" * LONGEST, "b"], []])
def test_what_is_short_is_an_array_as_numpy_makes_it(texts):
    received, expected = padded_texts(texts, "a name", str), np.array(texts)
    assert (received.tolist(), received.dtype) == (texts, expected.dtype)


def test_groups_of_tables(tmp_path):
    path = table_files.write(tmp_path, f"x,g,label\n1,a,p\n2,{LONG},q\n")
    received = refused(table_files.source(path, target="label", group="g"))
    assert received == f"{path}: row 3, column 'g': expected a group's name {RECEIVED}"


def test_groups_of_texts(tmp_path):
    path = table_files.write(tmp_path, f"text,group,label\ngood,a,p\nbad,{LONG},q\n")
    received = refused(sources.get("text_csv")(SourceRequest(path)))
    assert received == f"{path}: row 3: expected the name of a group {RECEIVED}"


def test_groups_of_recordings(tmp_path):
    audio_files.wav(tmp_path / "a.wav")
    path = table_files.write(tmp_path, f"path,label,group\na.wav,p,{LONG}\n")
    received = refused(sources.get("audio_csv")(SourceRequest(path)))
    assert received == f"{path}: row 2, column 'label': expected a clip with the name of a group {RECEIVED}"


def test_names_of_image_files(tmp_path):
    below = tmp_path.joinpath("p", *["x" * 200] * 5)
    below.mkdir(parents=True)
    for path in (below / "a.png", tmp_path / "p" / "b.png"):
        path.write_bytes(b"")
    source = sources.get("image_files")(SourceRequest(tmp_path, unlabelled=True, class_names=("p", "q")))
    name = "/".join(["p", *["x" * 200] * 5, "a.png"])
    assert refused(source) == (
        f"{name}: expected the name of a file of at most 1,000 characters, received 1,012 characters, {name[:40]!r} …; make it "
        "shorter"
    )


def test_groups_of_pictures_of_a_library():
    values = {"image": [b"", b""], "label": ["p", "q"], "speaker": ["a", LONG]}
    given = ExternalSet("tiny", tuple(values), values.__getitem__, ["train 0", "train 1"])
    columns = ImageColumns("image", "label", "speaker")
    received = refused(ExternalImages(SourceRequest(None), columns, ImageSettings(), "", lambda: given))
    assert received == f"tiny: sample train 1: expected the name of a group {RECEIVED}"


def test_groups_of_image_files(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    table_files.write(tmp_path, f"file,label,group\na.png,p,\nb.png,q,{LONG}\n", "labels.csv")
    received = refused(sources.get("image_files")(SourceRequest(tmp_path), labels="labels.csv"))
    assert received.endswith(f"labels.csv: row 3, column 'label': expected an image with the name of a group {RECEIVED}")
