"""Tests in here look at pages in a headless Chromium."""

from tests.support.browser import browser, page, watch

__all__ = ["browser", "page", "watch"]
