"""What the script of an HTML report reads."""

import json
import re
from typing import Any


def data_of(page: str) -> dict[str, Any]:
    """``several`` and ``rows``, see bot/page_rows.py."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    found: dict[str, Any] = json.loads(text)
    return found
