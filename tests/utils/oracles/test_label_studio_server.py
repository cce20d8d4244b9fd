"""The connection to Label Studio: what is refused before anything is asked, and what is waited for."""

import jwt
import pytest

from tests.label_studio.fake_server import TOKEN
from tests.utils.oracles.listener import Listener
from utils.errors import DataError, ParameterError
from utils.oracles.label_studio_server import ONCE, LabelStudioServer, problems

pytestmark = pytest.mark.usefixtures("token")


def refused(url):
    with pytest.raises(ParameterError) as caught:
        LabelStudioServer(url, Listener(), sleep=lambda seconds: pytest.fail("waited"))
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def test_nothing_stands_against_a_token_and_an_address():
    assert problems("http://localhost:8080") == problems("https://labels.example.org/studio/") == []


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://a", "http://", "http://a:99999", "http://[", "", "file:///etc"])
def test_an_address_is_http(url):
    assert problems(url) == [
        f"label_studio_url: received {url!r}, expected an address such as http://localhost:8080 or https://labels.example.org"
    ]


def test_an_address_holds_no_password():
    (problem,) = problems("https://ann:secret@labels.example.org")
    assert "holds a name or a password" in problem
    assert "secret" not in problem


def test_a_token_is_needed(monkeypatch):
    monkeypatch.delenv("LABEL_STUDIO_API_KEY")
    (problem,) = problems("http://a")
    assert "needs an access token in the environment: make one in Label Studio" in problem
    assert "export LABEL_STUDIO_API_KEY=…" in problem


@pytest.mark.parametrize("token", ["a b", "a\n", "tökén"])
def test_a_token_that_was_copied_badly_is_told(monkeypatch, token):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
    (problem,) = problems("http://a")
    assert "LABEL_STUDIO_API_KEY: holds a space, a line end" in problem
    assert token not in problem
    assert problem in refused("http://a")


def test_a_missing_sdk_is_told_with_its_extra(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert problems("http://a") == ["oracle: label_studio needs the SDK of Label Studio: pip install .[label-studio]"]


def test_where_nothing_listens_the_address_is_refused(fake):
    assert "no Label Studio answers at http://127.0.0.1:1 (ConnectError): start it" in refused("http://127.0.0.1:1")


@pytest.mark.parametrize(("fault", "reason"), [(502, "status 502"), ("page", "status 200")])
def test_what_answers_otherwise_is_refused_as_an_address(fake, fault, reason):
    fake.everything = fault
    assert f"no Label Studio answers at {fake.url} ({reason})" in refused(fake.url)


def test_a_wrong_token_is_refused_with_help(fake, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "wrong-token")
    message = refused(fake.url)
    assert f"LABEL_STUDIO_API_KEY: Label Studio at {fake.url} refuses the token (Invalid token.)" in message
    assert "Personal Access Token" in message
    assert "legacy token works only where the organisation allows it" in message
    assert "wrong-token" not in message


def test_an_expired_token_is_refused_before_anything_is_sent(fake, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", jwt.encode({"exp": 1}, "k" * 32))
    assert "API key has expired" in refused(fake.url)
    assert fake.requests == []


def whoami(sdk):
    return sdk.users.whoami(request_options=ONCE).email


def test_a_server_that_is_away_is_waited_for_and_that_is_said_once(fake):
    listener, waited = Listener(), []
    server = LabelStudioServer(fake.url, listener, sleep=waited.append)
    fake.faults["GET .*"] = [503, 429, "lost", 500, None]
    assert server.ask(whoami) == "ann@example.org"
    assert len(waited) == 4
    assert listener.said == [
        f"Label Studio at {fake.url} does not answer (status 503): waiting for it; nothing is lost",
        f"Label Studio at {fake.url} answers again",
    ]


def test_a_token_that_is_withdrawn_later_ends_the_run_with_help(fake):
    server = LabelStudioServer(fake.url, Listener(), sleep=lambda seconds: pytest.fail("waited"))
    fake.faults["GET .*"] = [401, 401]
    with pytest.raises(ParameterError, match="refuses the token \\(as the test wants it\\)"):
        server.ask(whoami)


def test_a_token_that_seems_to_have_expired_is_renewed_first(fake):
    server = LabelStudioServer(fake.url, Listener(), sleep=lambda seconds: pytest.fail("waited"))
    fake.faults["GET .*"] = [401]
    assert server.ask(whoami) == "ann@example.org"


def test_a_token_that_expires_later_ends_the_run_with_help(fake, monkeypatch):
    server = LabelStudioServer(fake.url, Listener(), sleep=lambda seconds: pytest.fail("waited"))
    fake.faults["GET .*"] = [401, 401]
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", jwt.encode({"exp": 1}, "k" * 32))
    with pytest.raises(ParameterError, match="Personal Access Token"):
        server.ask(whoami)


def test_another_program_in_front_of_a_server_that_is_down_is_waited_out(fake):
    waited = []
    server = LabelStudioServer(fake.url, Listener(), sleep=waited.append)
    fake.faults["GET .*"] = ["page"]
    assert server.ask(whoami) == "ann@example.org"
    assert len(waited) == 1


def test_a_request_that_is_refused_is_told_with_the_server_s_words(fake):
    server = LabelStudioServer(fake.url, Listener(), sleep=lambda seconds: pytest.fail("waited"))
    fake.faults["GET .*"] = [400]
    with pytest.raises(
        DataError, match=r"refused a request \(status 400\): as the test wants it; what people labelled is kept"
    ):
        server.ask(whoami)


def test_a_mistake_of_ours_is_no_outage(fake):
    server = LabelStudioServer(fake.url, Listener(), sleep=lambda seconds: pytest.fail("waited"))
    with pytest.raises(ZeroDivisionError):
        server.ask(lambda sdk: 1 // 0)
