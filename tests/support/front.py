"""A front before the independent GitHub: what that one lacks is answered by our own, all else goes through unchanged."""

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.support.emulate import BOT, REPOSITORY, Emulated
from tests.support.loopback_github import State, loopback_github

# What emulate answers with 404 although GitHub has it -> the same in the one repository of our own.
LACKING = (
    (rf"/repos/{REPOSITORY}/(statuses/.+)", r"/repos/o/r/\1"),
    (rf"/repos/{REPOSITORY}/(commits/[0-9a-f]+/status(?:es)?)", r"/repos/o/r/\1"),
    (rf"/repos/{REPOSITORY}/(collaborators/[^/]+/permission)", r"/repos/o/r/\1"),
    (rf"/repos/{REPOSITORY}/issues/\d+/events", "/repos/o/r/issues/7/events"),
    (rf"/repos/{REPOSITORY}/((?:deployments|environments)(?:/.*)?)", r"/repos/o/r/\1"),
    (r"(/graphql)", r"\1"),
)
KEPT = ("Authorization", "Content-Type", "Accept", "X-GitHub-Api-Version", "User-Agent")


class Front(BaseHTTPRequestHandler):
    """``emulated`` and ``own`` are addresses; both are called by the front's own name in answers."""

    protocol_version = "HTTP/1.1"
    emulated: str
    own: str

    def log_message(self, *args: object) -> None:
        return

    def forward(self) -> None:
        path, _, query = self.path.partition("?")
        address, target = self._route(path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: self.headers[name] for name in KEPT if name in self.headers}
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        try:
            connection.request(self.command, f"{target}?{query}" if query else target, sent or None, headers)
            response = connection.getresponse()
            self._reply(response, response.read())
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # no answer there, none here
        finally:
            connection.close()

    def _route(self, path: str) -> tuple[str, str]:
        for pattern, target in LACKING:
            if match := re.fullmatch(pattern, path):
                return self.own, match.expand(target)
        return self.emulated, path

    def _reply(self, response: http.client.HTTPResponse, body: bytes) -> None:
        here = f"http://{self.headers['Host']}"
        self.send_response(response.status)
        for name in ("Content-Type", "Link", "Retry-After", "Location"):
            if value := response.headers.get(name):
                self.send_header(name, value.replace(self.emulated, here).replace(self.own, here))
        body = body.replace(self.emulated.encode(), here.encode()).replace(self.own.encode(), here.encode())
        if response.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


for verb in ("GET", "POST", "PATCH", "DELETE", "PUT"):
    setattr(Front, f"do_{verb}", Front.forward)


@contextmanager
def front(emulated: Emulated) -> Iterator[tuple[str, State]]:
    """The address of the front, and the state of our own GitHub behind it (statuses, permissions, events of labels)."""
    with loopback_github() as (state, own):
        state.author = BOT
        state.between_statuses = 1
        handler = type("Bound", (Front,), {"emulated": emulated.address, "own": own})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", state
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
