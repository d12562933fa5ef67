"""The shapes of tokens that detect-secrets knows, which is asked for patterns only and never verifies anything online.

Its detectors bring the means to do so, requests and all that belongs to it: a tenth of the start of a review, and
never used.  So requests is loaded when somebody uses it, and not before.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module until something of it is used, and then for good hands out what the module itself has.

    ``importlib.util.LazyLoader`` does not help: to Python 3.11 a second ``import`` of the module is a use.
    """

    def __getattr__(self, name: str) -> Any:
        _forget(self)
        return getattr(import_module(self.__name__), name)


def _forget(module: ModuleType) -> None:
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]


@contextmanager
def loaded_later(name: str) -> Iterator[None]:
    """What is imported inside gets the module ``name`` when it uses it; what is imported afterwards, at once."""
    if name in sys.modules:
        yield
        return
    module = sys.modules[name] = _Later(name)
    try:
        yield
    finally:
        _forget(module)


with loaded_later("requests"):
    from detect_secrets.plugins import (
        aws,
        azure_storage_key,
        discord,
        github_token,
        gitlab_token,
        high_entropy_strings,
        mailchimp,
        pypi_token,
        sendgrid,
        slack,
        square_oauth,
        stripe,
    )

# Left out on purpose: detectors whose pattern also fits ids and addresses (Twilio, Artifactory, IP, Telegram), and
# those whose pattern is slow on hostile text (npm, JWT, OpenAI).  What that leaves open, secret_scan closes.
_DETECTORS = (
    aws.AWSKeyDetector,
    azure_storage_key.AzureStorageKeyDetector,
    discord.DiscordBotTokenDetector,
    github_token.GitHubTokenDetector,
    gitlab_token.GitLabTokenDetector,
    mailchimp.MailchimpDetector,
    pypi_token.PypiTokenDetector,
    sendgrid.SendGridDetector,
    slack.SlackDetector,
    square_oauth.SquareOAuthDetector,
    stripe.StripeDetector,
)
TOKENS: tuple[re.Pattern[str], ...] = tuple(pattern for detector in _DETECTORS for pattern in detector().denylist)
_BASE64_ENTROPY = high_entropy_strings.Base64HighEntropyString(limit=4.5)


def measure_entropy(text: str) -> float:
    """Shannon entropy of a text in Base64, in bits per character."""
    entropy: float = _BASE64_ENTROPY.calculate_shannon_entropy(text)
    return entropy
