"""Pictures of the stories, and what only a browser can tell: nothing is too wide for a phone."""

from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.scenarios.test_scenarios import STORIES
from tests.support.github_page import build_page, show_markdown
from tests.support.make_pictures import IMAGES, LAPTOP, PHONE, SHOTS, build_index, draw, draw_story

COUNT_COLOURS = """async (base64) => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer);
  return [image.width, image.height, new Set(pixels).size];
}"""
# What reaches beyond the right edge and does not scroll by itself, as code and tables do.
TOO_WIDE = """() => [...document.querySelectorAll(".markdown-body *")]
  .filter(node => !node.closest("pre, table") && node.getBoundingClientRect().right > innerWidth + 1)
  .map(node => `${node.tagName}: ${node.textContent.slice(0, 60)}`).slice(0, 5)"""


def read(folder: Path) -> str:
    return (folder / "expected" / "comment.md").read_text(encoding="utf-8")


def test_a_story_is_drawn_in_every_way(browser: Browser, page: Page) -> None:
    drawn = dict(draw_story(browser, STORIES[0]))
    assert list(drawn) == [shot.name for shot in SHOTS] + ["page-light", "page-dark", "page-phone"]
    for name, picture in drawn.items():
        width, height, colours = page.evaluate(COUNT_COLOURS, b64encode(picture.png).decode())
        assert (name, width) == (name, PHONE if "phone" in name else 1280 if "page" in name else LAPTOP)
        assert 800 <= height <= 15_000
        assert colours > 50, name
    assert drawn["laptop-light"].png != drawn["laptop-dark"].png != drawn["laptop-dark-high-contrast"].png
    assert drawn["laptop-light-unfolded"].height > drawn["laptop-light"].height


@pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
def test_nothing_is_too_wide_for_a_phone(page: Page, folder: Path) -> None:
    page.set_viewport_size({"width": PHONE, "height": 800})
    page.set_content(build_page(read(folder), "light", unfold=True))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.evaluate(TOO_WIDE) == []


def test_a_long_name_breaks_and_a_long_line_of_code_scrolls(browser: Browser) -> None:
    text = f"- `{'x' * 500}`\n\n```diff\n+ {'y' * 500}\n```"
    assert draw(browser, build_page(text, "light"), PHONE, dark=False).width == PHONE


def test_what_github_takes_away_is_taken_away() -> None:
    shown = show_markdown('<p style="color:red" id="x" onclick="y()">a</p><script>b</script><form>c</form>\n\n<br/>')
    assert shown.split() == ["<p>a</p>&lt;script>b&lt;/script>c", "<br>"]


def test_what_github_draws_is_drawn() -> None:
    shown = show_markdown("> [!CAUTION]\n> **stop**\n\n- [x] done\n\n```diff\n- old\n+ new\n  same\n```\n")
    assert '<div class="markdown-alert markdown-alert-caution"><p class="markdown-alert-title">Caution</p>' in shown
    assert "<p><strong>stop</strong></p>" in shown
    assert '<li class="task-list-item"><input class="task-list-item-checkbox" type="checkbox"' in shown
    assert '<pre><span class="pl-md">- old</span>\n<span class="pl-mi1">+ new</span>\n  same</pre>' in shown


def test_the_pictures_of_the_readme_are_there_and_small() -> None:
    sizes = {path.name: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert sizes.keys() == {"comment.png", "page.png", "phone.png"}
    assert all(10_000 < size < 200_000 for size in sizes.values()), sizes


def test_the_index_names_every_picture() -> None:
    index = build_index([("a & b", ["one", "two"])])
    assert [part.split('"')[0] for part in index.split('alt="')[1:]] == ["one", "two"]
    assert "<h2>a &amp; b</h2>" in index
