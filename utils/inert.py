"""Cells of tables that a spreadsheet would compute, made inert, and what they were before.

Names of files and classes come from anywhere: one that begins with "=" is a formula to a spreadsheet, and a formula may send
what stands beside it to somebody.
"""

from __future__ import annotations

_MARK = "'"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that a spreadsheet would compute."""


def inert(text: str) -> str:
    """`text` such that a spreadsheet shows it and computes nothing."""
    return f"{_MARK}{text}" if _is_formula(text) else text


def original(text: str) -> str:
    """What `inert` made `text` of."""
    return text.removeprefix(_MARK) if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Also of one that was made inert already, or is called so: otherwise nobody could tell what it was."""
    return text.lstrip(_MARK).startswith(_FORMULA)
