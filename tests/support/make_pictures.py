"""Pictures of every story as people see it: ``make pictures`` for all, ``make images`` for the three of the README.

A folder ``plan-review-pictures`` with a page ``index.html`` that shows them side by side.
"""

import contextlib
import html
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from playwright.sync_api import Browser, Error, FloatRect, Page

from bot.cli import main as run_command
from tests.scenarios.test_scenarios import STORIES, TOP, arguments, read_story
from tests.support.browser import open_browser
from tests.support.github_page import Theme, build_page

FOLDER = TOP / "plan-review-pictures"
IMAGES = TOP / "docs" / "images"
LAPTOP, PHONE = 1012, 390  # pixels: GitHub's column of a conversation, and a phone held upright
TALLEST = 15_000  # pixels; the browser draws no more than 16,384
TRIES = 8
PAGES = ("01-release-held", "24-two-stacks", "35-money-names-and-scanners")  # whose HTML page is drawn too


INDEX_STYLE = """
body{font:14px sans-serif} div{display:flex;gap:8px;overflow-x:auto}
a{max-height:70vh;overflow:hidden;flex:none} img{width:320px;display:block;border:1px solid #888}
"""


class Shot(Struct, frozen=True, kw_only=True):
    """One way to look at a story."""

    name: str
    width: int
    theme: Theme
    unfold: bool = False


SHOTS = (
    Shot(name="laptop-light", width=LAPTOP, theme="light"),
    Shot(name="laptop-dark", width=LAPTOP, theme="dark"),
    Shot(name="phone-light", width=PHONE, theme="light"),
    Shot(name="phone-dark", width=PHONE, theme="dark"),
    Shot(name="laptop-light-unfolded", width=LAPTOP, theme="light", unfold=True),
    Shot(name="laptop-dark-unfolded", width=LAPTOP, theme="dark", unfold=True),
    Shot(name="laptop-dark-high-contrast", width=LAPTOP, theme="dark-high-contrast"),
)


class Picture(Struct, frozen=True, kw_only=True):
    """A picture as it was drawn: PNG, and the size in pixels that the page asked for."""

    png: bytes
    width: int
    height: int


def say(folder: Path, format_: str) -> str:
    """What the command prints for a story."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run_command([*arguments(folder, read_story(folder)), "--format", format_])
    return printed.getvalue()


def draw(browser: Browser, page_text: str, width: int, *, dark: bool, tallest: int = TALLEST) -> Picture:
    """Draw a whole page of that width, or its first ``tallest`` pixels."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", offline=True
    )
    page = context.new_page()
    page.set_content(page_text)
    wide, high = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": min(high, tallest)}
    png = _capture(page, clip)
    context.close()
    return Picture(png=png, width=wide, height=high)


def _capture(page: Page, clip: FloatRect) -> bytes:
    """Without a graphics card the browser now and then fails to capture a tall page, and does it when asked again."""
    for _ in range(TRIES):
        try:
            return page.screenshot(full_page=True, clip=clip)
        except Error as error:
            told = error
    raise told


def draw_story(browser: Browser, folder: Path) -> Iterator[tuple[str, Picture]]:
    """Every picture of a story, by name."""
    comment = say(folder, "markdown")
    for shot in SHOTS:
        page = build_page(comment, shot.theme, unfold=shot.unfold)
        yield shot.name, draw(browser, page, shot.width, dark=shot.theme != "light")
    if folder.name in PAGES:
        report = say(folder, "html")
        for name, width, dark in (("page-light", 1280, False), ("page-dark", 1280, True), ("page-phone", PHONE, False)):
            yield name, draw(browser, report, width, dark=dark)


def make_pictures(folders: Iterable[Path], target: Path) -> None:
    """Draw the stories and the page that shows them."""
    made: list[tuple[str, list[str]]] = []
    with open_browser() as browser:
        for folder in folders:
            (target / folder.name).mkdir(parents=True, exist_ok=True)
            names = []
            for name, picture in draw_story(browser, folder):
                (target / folder.name / f"{name}.png").write_bytes(picture.png)
                names.append(name)
            made.append((folder.name, names))
    (target / "index.html").write_text(build_index(made), encoding="utf-8")


def build_index(made: Sequence[tuple[str, Sequence[str]]]) -> str:
    """A row of pictures for each story, named in words."""
    rows = "".join(
        f"<h2>{html.escape(story)}</h2><div>"
        + "".join(
            f'<a href="{story}/{name}.png"><img src="{story}/{name}.png" alt="{name}">{name}</a>' for name in names
        )
        + "</div>"
        for story, names in made
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Pictures</title>'
        f"<style>{INDEX_STYLE}</style>{rows}</html>"
    )


def make_images() -> None:
    """The three pictures of the README: a held release on a laptop and on a phone, and the page."""
    story = STORIES[0]
    comment, report = say(story, "markdown"), say(story, "html")
    with open_browser() as browser:
        drawn = {
            "comment.png": draw(browser, build_page(comment, "light"), LAPTOP, dark=False, tallest=1000),
            "phone.png": draw(browser, build_page(comment, "dark"), PHONE, dark=True, tallest=1100),
            "page.png": draw(browser, report, 1280, dark=False, tallest=900),
        }
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.items():
        (IMAGES / name).write_bytes(picture.png)


def main(words: Sequence[str]) -> None:
    if list(words) == ["images"]:
        make_images()
        return
    make_pictures([folder for folder in STORIES if not words or folder.name in words], FOLDER)
    sys.stdout.write(f"{FOLDER / 'index.html'}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
