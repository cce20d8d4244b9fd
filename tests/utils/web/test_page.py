"""What the page answers, over a real connection: to those whom it serves, and to requests that no browser would send."""

import dataclasses
import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.torture.annotators import HEADERS, Client
from tests.torture.labelling import free_port
from tests.utils.web.fakes import ask, ledger
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import FOLDER, Shown
from utils.web.guard import LARGEST_BODY, SAFETY
from utils.web.page_server import PageServer

ODD = [
    "<script>alert(1)</script>",
    'it\'s "quoted"  & spaced',
    "Größe 犬 🐕 \u202etxt",
    "é" * 127 + "x",
    "</script><!--",
    "{{7*7}}",
]
ONE = json.dumps({"active": True}).encode()


@dataclass
class Served:
    """A server and its folder."""

    folder: Path
    port: int

    def client(self, name: str | None = "Anna") -> Client:
        client = Client(self.port)
        if name:
            assert client.post("name", {"name": name})[0] == 200
        return client

    def raw(self, request: bytes) -> bytes:
        """What comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65_536):
                answer += piece
            return answer


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("labelling")
    ask(folder, [1])
    for sample in range(len(ODD)):
        Shown("audio", sound=b"RIFF" + bytes(96), recording=b"RIFF", picture=b"\x89PNG", note=ODD[sample]).write(
            folder / FOLDER, sample
        )
    port = free_port()
    with PageServer(folder, "127.0.0.1", port) as page:
        assert page.url == f"http://127.0.0.1:{port}/"
        yield Served(folder, port)


def put(server, **options):
    """Asks for a sample of each odd name."""
    questions = Questions("a <b>run</b>", 1, 3, "labelling", classes=tuple(ODD))
    asked = tuple(Question(number, name, ODD[0], 0.5) for number, name in enumerate(ODD))
    dataclasses.replace(questions, **{"asked": asked} | options).write(server.folder)


def test_the_page_and_what_belongs_to_it_come_with_all_headers(server):
    client = server.client(None)
    for path, kind in {
        "/": "text/html; charset=utf-8",
        "/static/page.js": "text/javascript; charset=utf-8",
        "/static/page.css": "text/css; charset=utf-8",
        "/static/icon.svg": "image/svg+xml",
    }.items():
        status, headers, body = client.send("GET", path)
        assert (status, headers["content-type"], body != b"") == (200, kind, True)
        assert headers.items() >= SAFETY.items()
        assert "server" not in headers
    assert b'id="hello" class="card middle" aria-labelledby="hello-title">' in client.send("GET", "/")[2]
    assert b'aria-labelledby="hello-title" hidden>' in server.client().send("GET", "/")[2]


def test_the_page_loads_nothing_from_elsewhere(server):
    client = server.client(None)
    for path in ("/", "/static/page.js", "/static/page.css"):
        text = client.send("GET", path)[2].decode().replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"https?://|//[a-z]+\.[a-z]|@import|url\(|innerHTML|eval\(|\son[a-z]+=|style=", text) == []


def test_names_of_all_kinds_go_there_and_back(server):
    put(server, show_guess=True, round=2, per_sample=2)
    for number, name in enumerate(ODD):
        client = server.client(name.replace("\u202e", "")[:80])
        state = client.post("look", {})[1]
        assert state["classes"] == ODD
        question = state["question"]
        assert (question["name"], question["about"]["note"]) == (ODD[question["id"]], ODD[question["id"]])
        assert (question["guess"], question["certainty"]) == (ODD[0], 0.5)
        status, state = client.post("annotate", {"id": question["id"], "label": name, "key": f"odd-{number:06d}", "seconds": 1})
        assert (status, state["mine"], state["undoable"]["label"]) == (200, 1, name)
    assert {said.label for said in ledger(server.folder).all()} >= set(ODD)


def test_the_guess_is_told_to_nobody_when_it_is_hidden(server):
    put(server, round=3, asked=(Question(900, "hidden", "the guess", 0.5),), classes=("dog",))
    client = server.client("Dora")
    assert "the guess" not in json.dumps(client.post("look", {}))


@pytest.mark.parametrize("part", ["sound", "recording", "picture"])
def test_media_are_served_by_the_id_of_a_sample_that_is_asked(server, part):
    put(server)
    client = server.client()
    status, headers, body = client.send("GET", f"/media/2/{part}?abc")
    assert (status, headers["content-type"]) == (200, {"picture": "image/png"}.get(part, "audio/wav"))
    assert body[:4] in (b"RIFF", b"\x89PNG")
    assert headers.items() >= SAFETY.items()
    ask(server.folder, [1])
    assert client.send("GET", f"/media/2/{part}")[0] == 404


def test_parts_of_a_sound(server):
    ask(server.folder, [1])
    status, headers, body = server.client().send("GET", "/media/1/sound", headers={"Range": "bytes=0-3"})
    assert (status, headers["content-range"], body) == (206, "bytes 0-3/100", b"RIFF")


@pytest.mark.parametrize(
    "path",
    [
        "/media/1", "/media/1/", "/media/1/sound.wav", "/media/-1/sound", "/media/1.0/sound", "/media/../annotations.log",
        "/media/%2e%2e/annotations.log", "/media/..%2fannotations.log/sound", "/media/1%00/sound", "/media/１/sound",
        "/media/" + "9" * 5_000 + "/sound", "/static/../desk.py", "/static/%2e%2e%2fdesk.py", "/static/page.js%00", "/token",
        "/questions.json", "/annotations.log", "//etc/passwd", "/api/look", "/nothing", "/%ff%fe", "*",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(server, path):
    ask(server.folder, [1])
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = server.raw(request.encode())
    status, body = int(answer.split()[1]), answer.partition(b"\r\n\r\n")[2]
    assert status in (400, 404, 405)
    assert len(body) < 60
    assert b"Traceback" not in body


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200), ("LOCALHOST:1", 200), ("127.0.0.1:8765", 200), ("127.9.9.9", 200),
        ("[::1]:8765", 200), ("evil.example", 403),
        ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403), ("evil.example:8765", 403), ("", 403),
        ("192.168.0.1", 403),
        ("evil@localhost", 403), ("[::1", 403), ("localhost:8765:1", 403),
    ],
)  # fmt: skip
def test_another_sites_name_does_not_lead_here(server, host, status):
    answer = server.raw(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert int(answer.split()[1]) == status


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"Origin": "http://evil.example"}, 403, "comes from another site"),
        ({"Origin": "null"}, 403, "comes from another site"),
        ({"Origin": "http://127.0.0.1:1"}, 403, "comes from another site"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "comes from another site"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "comes from another site"),
        ({"Sec-Fetch-Site": "none"}, 403, "comes from another site"),
        ({"X-Labelling": "2"}, 403, "does not come from the page"),
        ({"Content-Type": "text/plain"}, 415, "Only JSON"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "Only JSON"),
        ({"Content-Type": "multipart/form-data; boundary=application/json"}, 415, "Only JSON"),
        ({}, 200, ""),
    ],
)
def test_only_the_page_changes_something(server, changed, status, words):
    client = server.client()
    found, _, body = client.send("POST", "/api/look", ONE, HEADERS | changed)
    assert found == status
    assert words in body.decode()


def test_the_pages_own_origin_is_fine(server):
    own = {"Origin": f"http://127.0.0.1:{server.port}", "Sec-Fetch-Site": "same-origin"}
    assert server.client().send("POST", "/api/look", ONE, HEADERS | own)[0] == 200


def test_a_change_is_no_get_and_a_page_no_post(server):
    client = server.client()
    assert client.send("GET", "/api/annotate")[0] == 404 or client.send("GET", "/api/annotate")[0] == 405
    assert client.send("POST", "/", ONE, HEADERS)[0] == 405
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "NONSENSE"):
        status, headers, body = client.send(method, "/")
        assert (status, headers["allow"], body) == (405, "GET, HEAD, POST", b"This method is not used here.\n")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b'{"id": NaN}', b"[" * 8_000, b'{"id": 1' + b"0" * 5_000 + b"}"],
    ids=lambda body: repr(body[:12]),
)
def test_no_json_is_refused(server, body):
    status, _, words = server.client().send("POST", "/api/annotate", body, HEADERS)
    assert status == 400
    assert words in (b"This is no JSON.\n", b"A JSON object is expected.\n")


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("id", ["1", True, -1, 1.0, None], "the id of a sample"),
        ("label", [1, ["dog"], {}], "a text"),
        ("key", [1, None], "a text"),
        ("key", ["short", "a" * 65, "with space", "ключ1234"], "8 to 64 letters and digits"),
        ("seconds", ["1", True, []], "a number or null"),
    ],
)
def test_malformed_answers_are_refused(server, name, values, expected):
    ask(server.folder, [1])
    for value in values:
        body = {"id": 1, "label": "dog", "key": "12345678", "seconds": None} | {name: value}
        assert server.client().post("annotate", body) == (400, f"“{name}” is expected to be {expected}.\n")


def test_a_label_left_out_is_not_unusable(server):
    assert server.client().post("annotate", {"id": 1, "key": "12345678"})[0] == 400


def test_halves_of_surrogate_pairs_are_no_names(server):
    ask(server.folder, [70], may_add=True, round=7)
    status, state = server.client().post("annotate", {"id": 70, "label": "\ud800", "key": "surrogate-1"})
    assert (status, state) == (400, "“label” is expected to be a text.\n")
    ask(server.folder, [70], round=7)
    assert server.client().post("annotate", {"id": 70, "label": "\ud800", "key": "surrogate-1"})[0] == 400


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb", "\u202eabc"])
def test_names_that_are_none(server, name):
    status, state = server.client(None).post("name", {"name": name})
    assert status == 422
    assert state["refused"].startswith("The name of the annotator ")


def test_whoever_has_no_name_is_asked_for_it(server):
    client = server.client(None)
    for what in ("look", "annotate", "skip", "undo"):
        assert client.post(what, {}) == (401, {"refused": "Say first who you are."})
    for cookie in ("====", "not base64 ü".encode().hex(), "CgoK"):
        status, _, _ = client.send("POST", "/api/look", ONE, HEADERS | {"Cookie": f"labelling_name_{server.port}={cookie}"})
        assert status == 401


def test_the_name_is_kept_where_no_script_sees_it(server):
    _, headers, _ = server.client(None).send("POST", "/api/name", b'{"name": "Anna"}', HEADERS)
    attributes = set(headers["set-cookie"].lower().split("; ")[1:])
    assert attributes >= {"httponly", "samesite=strict", "path=/"}


def test_bodies_are_bounded_also_without_a_length(server):
    client = server.client()
    status, headers, body = client.send("POST", "/api/look", b" " * (LARGEST_BODY + 1), HEADERS)
    assert (status, headers["connection"], body) == (413, "close", b"The request is too large: at most 8192 bytes.\n")
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = f"POST /api/look HTTP/1.1\r\nHost: localhost\r\n{head}Transfer-Encoding: chunked\r\n\r\n"
    answer = server.raw(request.encode() + b"1000\r\n" + b" " * 4_096 + b"\r\n" + b"1001\r\n" + b" " * 4_097 + b"\r\n")
    assert int(answer.split()[1]) == 413


def test_heads_are_bounded(server):
    answer = server.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000)
    assert int(answer.split()[1]) in (400, 431)


@pytest.mark.parametrize("request_", [b"\x16\x03\x01\x02", b"GET /\r\n\r\n", b"HELO localhost\r\n\r\n"])
def test_what_is_no_request_is_answered_shortly(server, request_):
    answer = server.raw(request_ + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"Traceback" not in answer


def test_a_socket_of_another_kind_is_not_opened(server):
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n"
    answer = server.raw(b"GET /api/look HTTP/1.1\r\nHost: localhost\r\n" + upgrade + b"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b" 101 " not in answer


def test_a_link_in_the_folder_leads_nowhere(server):
    ask(server.folder, [80])
    Shown("image", picture=b"\x89PNG").write(server.folder / FOLDER, 80)
    client = server.client()
    assert client.send("GET", "/media/80/picture")[0] == 200
    path = server.folder / FOLDER / "80.png"
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert client.send("GET", "/media/80/picture")[0] == 404


@pytest.mark.parametrize("break_it", [lambda path: path.write_text("{"), lambda path: (path.unlink(), os.mkfifo(path))])
def test_a_broken_file_hides_one_sample_and_breaks_nothing_else(server, break_it):
    ask(server.folder, [81])
    Shown("text", text="x").write(server.folder / FOLDER, 81)
    break_it(server.folder / FOLDER / "81.json")
    status, state = server.client().post("look", {})
    assert (status, state["question"]["about"]) == (200, None)


def test_a_fault_names_no_folder(server):
    client = server.client()
    (server.folder / "questions.json").write_text("{")
    status, state = client.post("look", {})
    ask(server.folder, [1])
    assert (status, state) == (
        503,
        {
            "refused": "The server cannot write anything down just now. Nothing that was saved is lost; "
            "whoever started it is told why."
        },
    )
    assert client.post("look", {})[0] == 200


def test_one_key_for_two_answers_saves_nothing(server):
    ask(server.folder, [90, 91], round=9)
    client = server.client("Kay")
    assert client.post("annotate", {"id": 90, "label": "dog", "key": "twice-key-1"})[0] == 200
    status, state = client.post("annotate", {"id": 91, "label": "cat", "key": "twice-key-1"})
    assert (status, state["refused"][:50]) == (409, "This is not saved: it bears the key of another ans")
