"""The answer that hands out a file which is open already, so that nothing else can take its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import FileResponse

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class OpenedFile(FileResponse):
    """Sends a file, or the part of it that is asked for, and closes it."""

    def __init__(self, descriptor: int, media_type: str, headers: Mapping[str, str]) -> None:
        """Of the file that is open as `descriptor`."""
        super().__init__(f"/dev/fd/{descriptor}", media_type=media_type, headers=headers, stat_result=os.fstat(descriptor))
        self._descriptor = descriptor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            os.close(self._descriptor)
