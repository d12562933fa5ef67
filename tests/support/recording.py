"""Every HTTP exchange of this process, verbatim, as it goes through requests: nothing is replaced, only written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from msgspec import Struct


class Exchange(Struct, frozen=True, kw_only=True):
    """A request and its answer; ``status`` is 0 and ``answer`` empty where none came."""

    verb: str
    url: str
    sent: bytes
    status: int = 0
    answer: bytes = b""


@contextmanager
def recording() -> Iterator[list[Exchange]]:
    """A list that fills while the block runs, in the order in which answers came."""
    seen: list[Exchange] = []
    true_send = requests.Session.send

    def send(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        body = request.body or b""
        sent = body.encode() if isinstance(body, str) else body
        assert isinstance(sent, bytes), "a streamed body cannot be written down"
        asked = Exchange(verb=request.method or "", url=request.url or "", sent=sent)
        try:
            response = true_send(session, request, **options)
        except requests.RequestException:
            seen.append(asked)
            raise
        answer = b"" if options.get("stream") else response.content
        seen.append(Exchange(verb=asked.verb, url=asked.url, sent=sent, status=response.status_code, answer=answer))
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", send)
        yield seen
