"""As much of a Label Studio server as a run talks to, in a thread, for what a real one does not do on demand: fail."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-good-token"  # noqa: S105 (of the fake)
PAGE = 2


class FakeLabelStudio:
    """State and faults of the server.

    Attributes:
        faults: method and pattern of a path → what befalls the requests to come, first in, first out: a status to answer
            with, "lost" (done, but the answer is lost), or None (nothing).
        requests: "METHOD path" of all that came.
    """

    def __init__(self):
        self.projects, self.tasks, self.annotations = {}, {}, {}
        self.users = [{"id": 1, "email": "ann@example.org"}, {"id": 2, "email": "bob@example.org"}]
        self.faults, self.requests, self.numbers = {}, [], iter(range(1, 10_000))
        self.everything = None

    def annotate(self, sample, alias, user=1, when="2026-11-22T08:30:00Z", cancelled=False, **more):
        """Somebody answers the task of a sample."""
        task = next(task["id"] for task in self.tasks.values() if task["data"].get("sample_id") == sample)
        result = [{"from_name": "answer", "to_name": "sample", "type": "choices", "value": {"choices": [alias]}}]
        number = next(self.numbers)
        self.annotations[number] = {
            "id": number, "task": task, "result": result if alias else [], "completed_by": user, "created_at": when,
            "was_cancelled": cancelled, "lead_time": 2.5, **more,
        }  # fmt: skip
        self.tasks[task]["total_annotations"] += 1
        return number

    def samples(self):
        """Of all tasks, in their order."""
        return [task["data"].get("sample_id") for task in self.tasks.values()]

    def answer(self, method, path, query, body):
        """Status and content for a request that nothing befell."""
        lists = {
            "/api/current-user/whoami": lambda: (200, self.users[0]),
            "/api/users/": lambda: (200, self.users),
            "/api/projects/": lambda: self.all_projects(query) if body is None else self.project(next(self.numbers), body),
            "/api/tasks/": lambda: self.page("tasks", self.newer(query), query),
        }
        return lists[path]() if path in lists else self.answer_about(int(re.search(r"\d+", path)[0]), method, path, body)

    def answer_about(self, number, method, path, body):
        """The same for a request that names a project or a task."""
        if path.endswith("/import"):
            return self.imported(number, body)
        if number not in (self.tasks if path.startswith("/api/tasks/") else self.projects):
            return 404, {"detail": "no such thing"}
        if path.endswith("/annotations/"):
            return 200, [annotation for annotation in self.annotations.values() if annotation["task"] == number]
        if method == "DELETE":
            return 204, self.tasks.pop(number) and None
        return self.project(number, body)

    def newer(self, query):
        """Tasks after the number that a filter names."""
        after = json.loads(query["query"][0])["filters"]["items"][0]["value"]
        return {number: task for number, task in self.tasks.items() if number > after}

    def all_projects(self, query):
        return self.page("results", self.projects, query)

    def project(self, number, body):
        self.projects[number] = self.projects.get(number, {"id": number}) | (body or {})
        return 200 if body is None else 201, self.projects[number]

    def imported(self, project, body):
        if project not in self.projects:
            return 404, {"detail": "no such project"}
        for task in body:
            number = next(self.numbers)
            self.tasks[number] = {"id": number, "total_annotations": 0, **task}
        return 201, {"task_count": len(body)}

    @staticmethod
    def page(name, found, query):
        start = PAGE * (int(query.get("page", ["1"])[0]) - 1)
        part = list(found.values())[start : start + PAGE]
        return (200, {name: part, "total": len(found)}) if part or not start else (404, {"detail": "Invalid page."})

    def fault(self, method, path):
        """What befalls a request."""
        if self.everything is not None:
            return self.everything
        for pattern, faults in self.faults.items():
            if faults and re.fullmatch(pattern, f"{method} {path}"):
                return faults.pop(0)
        return None


@contextmanager
def fake_label_studio():
    """(server, address) for as long as the `with` block lasts."""
    fake = FakeLabelStudio()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self):
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            fake.requests.append(f"{self.command} {parts.path}")
            fault = fake.fault(self.command, parts.path)
            if fault == "page":
                return self.send(200, b"<html>another program</html>")
            if isinstance(fault, int):
                return self.send(fault, b'{"detail": "as the test wants it"}')
            if self.headers.get("Authorization") != f"Token {TOKEN}":
                return self.send(401, b'{"detail": "Invalid token."}')
            status, content = fake.answer(self.command, parts.path, parse_qs(parts.query), body)
            if fault == "lost":
                return self.connection.close()
            return self.send(status, json.dumps(content).encode())

        def send(self, status, content):
            self.send_response(status)
            self.send_header("Content-Length", str(0 if status == 204 else len(content)))
            self.end_headers()
            if status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815 (the names that http.server looks for)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield fake, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
