"""A Label Studio server that runs in this process, and the token that it asks for."""

import pytest

from tests.label_studio.fake_server import TOKEN, fake_label_studio
from tests.utils.oracles.listener import Listener


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)


@pytest.fixture
def fake():
    with fake_label_studio() as (server, url):
        server.url, server.listener = url, Listener()
        yield server
