"""The page itself: report.html, one file that needs no network, no other file and, to be read, no script.

Everything is escaped by the template engine, and the page forbids itself to load anything or to run any script but the one
whose hash stands in its head: a strategy or class called `<script>` stays a name. It holds no date and no path, so the same
folder gives the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from utils import files
from utils.report.identity import identities
from utils.report.part import part
from utils.report.sections.overall import overall
from utils.report.sections.per_class import FIRST_SHOWN

if TYPE_CHECKING:
    from utils.comparison.comparisons import Comparisons

_TEMPLATES = Path(__file__).parent / "templates"
_SHOWN_WARNINGS = 8


def write_report(comparisons: Comparisons) -> Path:
    """Writes the report into the folder of the comparison and returns where it lies.

    Args:
        comparisons: what was read from the folder.

    Raises:
        DiskError: it could not be written.
    """
    files.write_text(comparisons.report, render(comparisons))
    return comparisons.report


def render(comparisons: Comparisons) -> str:
    """The page as text."""
    known = identities(curve for one in comparisons.each for curve in one.curves)
    parts = [part(f"d{place}", one, known) for place, one in enumerate(comparisons.each, start=1)]
    script, style = (_TEMPLATES / "page.js").read_text(encoding="utf-8"), (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    charts = {name: data for one in parts for name, data in one.chart_data().items()}
    text = (
        _environment()
        .get_template("page.html")
        .render(
            title=comparisons.folder.resolve().name,
            answer=comparisons.answer(),
            warnings=comparisons.warnings,
            shown_warnings=_SHOWN_WARNINGS,
            of_people=all(one.of_people for one in comparisons.each),
            overall=overall(comparisons, known),
            parts=parts,
            identities=list(known.values()),
            data={"charts": charts, "names": list(known)},
            first_classes=FIRST_SHOWN,
            style=Markup(style),  # noqa: S704 the project's own file, without a word of the data
            script=Markup(script),  # noqa: S704
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
    # JSON can hold halves of surrogate pairs, which no file in UTF-8 can.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _environment() -> Environment:
    """Escapes everything; a name that a template misspells is an error."""
    loader = FileSystemLoader(_TEMPLATES, encoding="utf-8")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["breakable"] = _breakable
    return made


def _breakable(name: str) -> Markup:
    """`name`, escaped, with places where a long one may go on in the next line."""
    return Markup("<wbr>").join(re.split(r"(?<=[/_])(?=.)", name))
