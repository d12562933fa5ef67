"""The detectors come without the means to verify anything online, and lose none of their patterns by it."""

import subprocess
import sys

from bot.token_shapes import TOKENS, measure_entropy
from tests.benchmarks.measure import ROOT


def _run(code: str) -> list[str]:
    """What a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, text=True)
    return done.stdout.splitlines()


def test_the_means_to_verify_are_loaded_where_they_are_used_and_not_before() -> None:
    code = """
import sys
from bot.token_shapes import aws
print("requests" in sys.modules, "urllib3" in sys.modules)
later = aws.requests
print(later.exceptions.RequestException.__module__, "requests" in sys.modules)
import requests
print(requests is later, later.get is requests.get, later.exceptions is requests.exceptions)
"""
    assert _run(code) == ["False False", "requests.exceptions True", "False True True"]


def test_a_use_while_the_detectors_are_loaded_gets_the_module_itself() -> None:
    code = """
import sys
from bot.token_shapes import loaded_later
with loaded_later("requests"):
    import requests
    import requests.adapters
    print(requests.adapters.HTTPAdapter is sys.modules["requests"].adapters.HTTPAdapter)
print(type(sys.modules["requests"]).__name__)
"""
    assert _run(code) == ["True", "module"]


def test_what_is_loaded_already_stays_as_it_is() -> None:
    code = """
import requests
from bot.token_shapes import aws
import sys
print(aws.requests is requests, sys.modules["requests"] is requests)
"""
    assert _run(code) == ["True True"]


def test_detect_secrets_gives_the_same_patterns_with_and_without_it() -> None:
    code = """
import requests
from bot.token_shapes import TOKENS
for token in TOKENS:
    print(ascii(token.pattern))
"""
    assert _run(code) == [ascii(token.pattern) for token in TOKENS]
    assert len(TOKENS) == 20


def test_entropy_is_in_bits_per_character() -> None:
    assert measure_entropy("aaaa") == 0
    assert measure_entropy("abcd") == 2
