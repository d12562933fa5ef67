"""The browser itself: it runs, it has no network, and it tells on a page that tries."""

from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import Watch


def shown(page: Page, folder: Path, text: str) -> Page:
    file = folder / "page.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><title>t</title>{text}", encoding="utf-8")
    page.goto(file.as_uri())
    return page


def test_a_file_is_shown(page: Page, tmp_path: Path) -> None:
    assert shown(page, tmp_path, "<p>hello").inner_text("p") == "hello"


def test_a_request_is_stopped_and_told(page: Page, watch: Watch, tmp_path: Path) -> None:
    shown(page, tmp_path, "<img src=https://example.com/x.png>")
    page.wait_for_function("document.images[0].complete")
    assert "request: https://example.com/x.png" in watch.troubles
    watch.troubles.clear()


def test_errors_and_complaints_are_told(page: Page, watch: Watch, tmp_path: Path) -> None:
    shown(page, tmp_path, "<script>console.error('no'); throw new Error('broken')</script>")
    page.wait_for_timeout(100)
    assert sorted(watch.troubles) == ["error: broken", "error: no"]
    watch.troubles.clear()
