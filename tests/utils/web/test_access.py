"""Over a network nobody gets in without the token, which is sent once and kept where no script and no other site gets at it."""

import json
import stat

import pytest

from tests.torture.annotators import HEADERS, Client
from tests.torture.labelling import free_port
from tests.utils.web.fakes import ask
from utils.web.access import TOKEN_FILE, Access
from utils.web.page_server import PageServer

EVERYWHERE = "0.0.0.0"  # noqa: S104
CLOSED = "This page is opened by the link that was printed when it started.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("labelling")


@pytest.fixture(scope="module")
def page(folder):
    ask(folder, [1])
    with PageServer(folder, EVERYWHERE, free_port()) as page:
        yield page


@pytest.fixture
def client(page):
    return Client(int(page.url.rpartition(":")[2].partition("/")[0]))


@pytest.fixture
def token(page):
    return page.url.partition("?token=")[2]


@pytest.mark.parametrize("path", ["/?again", "/static/page.js", "/media/1/sound", "/nothing", "/enter/", "/api/look"])
@pytest.mark.parametrize("cookie", ["", "labelling_token_{port}=", "labelling_token_{port}=wrong", "labelling_token_{port}=ü"])
def test_without_the_token_there_is_nothing_to_see(client, path, cookie):
    sent = {"Cookie": cookie.format(port=client._place[1]).encode()} if cookie else {}
    status, headers, body = client.send("GET", path, headers=sent)
    assert (status, body.decode()) == (403, CLOSED)
    assert "set-cookie" not in headers


def test_nor_can_anything_be_done(client):
    assert client.send("POST", "/api/name", b'{"name": "Anna"}', HEADERS)[:1] == (403,)


@pytest.mark.parametrize("wrong", ["", "x", "é", "{token}x", "{half}"])
def test_a_wrong_link_is_refused(client, token, wrong):
    given = (
        wrong.format(token=token, half=token[:20]).encode().hex()
        if wrong == "é"
        else wrong.format(token=token, half=token[:20])
    )
    status, headers, body = client.send("GET", f"/enter?token={given}")
    assert (status, body.decode()) == (403, "This link is not the one that was printed when the page started.\n")
    assert "set-cookie" not in headers


def test_the_link_leads_in_and_leaves_no_trace(client, token, folder):
    status, headers, body = client.send("GET", f"/enter?token={token}")
    assert (status, headers["location"], headers["referrer-policy"]) == (303, "/", "no-referrer")
    attributes = set(headers["set-cookie"].lower().split("; "))
    assert attributes >= {"httponly", "samesite=strict", "path=/"}
    status, _, body = client.send("GET", "/")
    assert status == 200
    assert token.encode() not in body
    assert token not in json.dumps(client.post("name", {"name": "Anna"})[1])
    assert token not in "".join(path.read_text() for path in folder.iterdir() if path.suffix in {".log", ".json", ".lock"})


def test_whoever_came_by_a_link_in_a_mail_tries_once_more(client, token):
    """His browser keeps the cookie to itself until a page of ours leads on, even after a redirect."""
    status, headers, body = client.send("GET", "/")
    assert (status, headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert body.count(b'<meta http-equiv="refresh" content="0;url=/?again">') == 1
    assert client.send("GET", "/?again")[0] == 403
    client.send("GET", f"/enter?token={token}")
    assert client.send("GET", "/?again")[0] == 200


def test_the_token_is_long_secret_and_survives_a_restart(page, folder, token):
    path = folder / TOKEN_FILE
    assert (path.read_text(), len(token)) == (token, 43)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Access.to(folder, EVERYWHERE, 80).token == token
    assert Access.to(folder, "127.0.0.1", 80).token is None


@pytest.mark.parametrize("damaged", ["", "short", "a" * 42 + "!", "ü" * 43])
def test_a_damaged_token_is_made_anew(tmp_path, damaged):
    (tmp_path / TOKEN_FILE).write_text(damaged)
    token = Access.to(tmp_path, "192.168.0.7", 80).token
    assert len(token) == 43
    assert (tmp_path / TOKEN_FILE).read_text() == token


@pytest.mark.parametrize(
    ("token", "host", "link"),
    [
        (None, "127.0.0.1", "http://127.0.0.1:80/"),
        (None, "::1", "http://[::1]:80/"),
        ("abc", "x", "http://x:80/enter?token=abc"),
    ],
)
def test_the_link(token, host, link):
    assert Access(80, token).link(host) == link
