"""What stands before the page adds its headers, and lets by what is none of its business."""

import asyncio

from utils.web.access import Access
from utils.web.guard import Guard

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"localhost")]}


async def _app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"private")]})


def test_what_the_page_says_of_caching_stands():
    told = []

    async def send(message):
        told.append(message)

    asyncio.run(Guard(_app, Access(80, None))(SCOPE, None, send))
    headers = dict(told[0]["headers"])
    assert headers[b"cache-control"] == b"private"
    assert headers[b"x-content-type-options"] == b"nosniff"


def test_what_is_no_request_goes_by():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Guard(app, Access(80, None))({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
