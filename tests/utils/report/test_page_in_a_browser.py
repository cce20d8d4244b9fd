"""The page as Chromium sees it: the script runs, and nothing else does."""

import re
import shutil
import subprocess

import pytest

from tests.utils.known_runs import write_grid
from utils.comparison.comparisons import Comparisons
from utils.report.page import render

HOSTILE_MARKUP = "<script>document.documentElement.dataset.hostile = 'ran'</script><img src='data:,' onerror=\"{}\">".format(
    "document.documentElement.dataset.event = 'ran'"
)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "a_task"
    write_grid(folder, rounds=6, seeds=(1, 2, 3))
    return render(Comparisons(folder))


@pytest.mark.parametrize("guarded", [True, False])
def test_a_browser_runs_the_script_of_the_page_and_by_the_policy_no_other(text, tmp_path, guarded):
    """Without the policy the other one runs, so the browser would show it."""
    page = text.replace("<main>", f"<main>{HOSTILE_MARKUP}", 1)
    if not guarded:
        page = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page)
    shown, errors = in_browser(page, tmp_path)
    assert 'data-ready="true"' in shown
    assert ('data-hostile="ran"' in shown) is not guarded
    assert ('data-event="ran"' in shown) is not guarded
    assert ("Content Security Policy" in errors) is guarded


def test_a_browser_reads_the_page_without_a_complaint(text, tmp_path):
    shown, errors = in_browser(text, tmp_path)
    assert 'data-ready="true"' in shown
    assert 'aria-label="Mean accuracy on the test part over the number of labels' in shown
    assert "CONSOLE" not in errors


def in_browser(page, folder):
    """What Chromium makes of a page, and its log; skips where there is none."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium here")
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run(
        [*command, "--enable-logging=stderr", "--dump-dom", path.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, done.stderr
