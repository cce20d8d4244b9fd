"""A real Label Studio server for a test, from an environment of its own: its database in a folder, and no word to anybody."""

import os
import re
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import httpx

HOME = Path(__file__).parents[2] / ".label-studio"
"""The environment that `make label-studio` makes."""
OWNER, PASSWORD = "ann@example.org", "correct-horse-battery"
_SECONDS_TO_START = 240


def command():
    """How to start it; None: it is not installed."""
    named = os.environ.get("LABEL_STUDIO_COMMAND")
    made = HOME / "bin" / "label-studio"
    return named or (str(made) if made.exists() else None)


@contextmanager
def real_label_studio(folder):
    """The address of a server that runs, with the user `OWNER`, for as long as the `with` block lasts."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    arguments = [
        command(), "start", "--no-browser", "--data-dir", folder / "data", "--internal-host", "127.0.0.1", "--port", str(port),
        "--username", OWNER, "--password", PASSWORD, "--log-level", "ERROR",
    ]  # fmt: skip
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUNBUFFERED": "1", "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "",
    }  # fmt: skip
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    serves, said = threading.Event(), []

    def listen():
        for line in process.stdout:
            said.append(line)
            if "Quit the server" in line:
                serves.set()
        serves.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        serves.wait(_SECONDS_TO_START)
        if process.poll() is not None or not serves.is_set():
            raise RuntimeError("".join(said[-30:]))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        listener.join()


def personal_access_token(url, email, *, new=False):
    """Logs the user in as his browser does, or signs him up, and makes the token that he would make in his settings."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=60, transport=httpx.HTTPTransport(retries=3)) as browser:
        form = "/user/signup/" if new else "/user/login/"
        page = browser.get(form).text
        hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        filled = {"csrfmiddlewaretoken": hidden, "email": email, "password": PASSWORD}
        browser.post(form, data=filled, headers={"Referer": url + form}).raise_for_status()
        answer = browser.post("/api/token/", headers={"X-CSRFToken": browser.cookies["csrftoken"], "Referer": url})
        return answer.raise_for_status().json()["token"]
