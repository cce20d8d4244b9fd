"""Damaged recordings, pictures, tables, archives and texts: used in full length or left out with a reason."""

from tests.torture.media import torture


def test_damaged_files_are_used_in_full_length_or_left_out(tmp_path):
    tally = torture(tmp_path, sounds=400, pictures=140, others=150, seed=1)
    assert tally.used.total() + tally.rejected.total() == 690
    assert min(tally.used[kind] for kind in ("wav", "aiff", "flac", "ogg", "mp3", "png", "jpg", "csv", "npz", "txt")) > 0
    assert min(tally.rejected[kind] for kind in ("wav", "aiff", "flac", "ogg", "mp3", "png", "jpg", "csv", "npz", "txt")) > 0
    assert tally.sentence().startswith("690 damaged files: ")
