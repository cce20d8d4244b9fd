"""Text for a terminal: names of files, classes and parameters come from anywhere, and some characters steer a terminal.

An escape sequence in a name may clear the screen, rename the window or hide a line of an error; what is not printable is
shown by its number instead.
"""

from __future__ import annotations


def printable(text: str) -> str:
    r"""`text` with what steers a terminal or is no Unicode as an escape such as \x1b: names of folders may hold anything."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def printable_lines(text: str) -> str:
    """The same of each line of `text`."""
    return "\n".join(map(printable, text.split("\n")))
