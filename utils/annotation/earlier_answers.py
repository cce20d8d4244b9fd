"""What people said, or are asked, in the folder of a run that begins anew: answers stay as they are, whatever is asked for.

A sample is known by its number, and the numbers of other data stand for other samples: answers to these are not taken, and
what people were shown is made anew.
"""

from __future__ import annotations

from pathlib import Path

from utils import files
from utils.annotation import sheet
from utils.annotation.ledger import FOLDER, LOG
from utils.annotation.questions import FILE as QUESTIONS
from utils.annotation.shown import FOLDER as MEDIA
from utils.errors import OtherRunError

PROJECT = "label_studio.json"
"""In the folder `labelling` of a run: which tasks of Label Studio are its samples."""


def refuse_to_remove(folder: Path) -> None:
    """Raises OtherRunError when the `folder` of a run holds what people said: hours of theirs are not removed by an option.

    So it does with those of a run below it, which the sub_dir of another task may have put there.
    """
    below = {log.parents[1] for log in folder.rglob(f"{FOLDER}/{LOG}")} | {one.parent for one in folder.rglob(sheet.FILE)}
    for place in sorted({folder, *below}):
        if found := _answers(place):
            raise OtherRunError(
                f"holds answers of people, in {_joined(found)}, which overwrite would remove; move {_they(found)} elsewhere "
                "first, or give another run_name",
                str(place),
            )


def refuse_for_other_data(folder: Path) -> None:
    """Raises OtherRunError when the `folder` of a run holds what people said, or may still say, of data that are others now."""
    found = _answers(folder)
    if (folder / FOLDER / PROJECT).exists() and f"{FOLDER}/" not in found:
        found = [f"{FOLDER}/{PROJECT}", *found]
    if found:
        raise OtherRunError(
            f"holds answers of people, in {_joined(found)}, and the data have changed since; put the data back as they were, "
            f"move {_they(found)} elsewhere, or give another run_name",
            str(folder),
        )


def forget_questions(folder: Path) -> None:
    """Removes what people were asked and shown in the `folder` of a run, for the run to ask and show anew; no answer."""
    media, questions = files.safe_join(folder, FOLDER, MEDIA), folder / FOLDER / QUESTIONS
    if media.is_dir() and not media.is_symlink():
        files.remove_tree(media)
    if questions.exists():
        files.remove(questions, for_good=True)
    if (folder / sheet.FILE).exists() and not sheet.is_filled(folder / sheet.FILE):
        files.remove(folder / sheet.FILE, for_good=True)


def _answers(folder: Path) -> list[str]:
    """Names, in the `folder` of a run, of what holds answers."""
    log = folder / FOLDER / LOG
    logged = [f"{FOLDER}/", "labels.csv"] if log.exists() and log.stat().st_size else []
    return [*logged, *([sheet.FILE] if sheet.is_filled(folder / sheet.FILE) else [])]


def _joined(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _they(names: list[str]) -> str:
    return ("it", "both", "all three")[len(names) - 1]
