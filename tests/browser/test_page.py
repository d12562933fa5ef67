"""The HTML report as people use it, in a headless Chromium.  Any request, error or complaint of it fails a test."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.page import render_page
from bot.pull_request import PullRequest
from tests.support.browser import Watch
from tests.support.plans import TEMPLATES, plan, row, run
from tests.test_page import ATTACKS, document

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
NET = plan(
    row("aws_s3_bucket.models", ["delete"], {"bucket": "models", "region": "eu-central-1"}),
    row("aws_s3_bucket.logs", ["delete"], {"bucket": "logs"}),
    row(
        "aws_sqs_queue.q",
        ["delete", "create"],
        {"name": "jobs"},
        {"name": "jobs-v2"},
        change={"replace_paths": [["name"]]},
    ),
    row("aws_iam_user_policy_attachment.a", ["create"], None, {"user": "ann", "policy_arn": ADMIN}),
    row("a_b.stays", ["no-op"], {}, {}),
)
APP = plan(
    row(
        "aws_instance.web",
        ["update"],
        {"instance_type": "t3.large", "tags": {"team": "blue"}, "user_data": "one\ntwo\nthree"},
        {"instance_type": "m5.24xlarge", "tags": {"team": "green"}, "user_data": "one\n2\nthree"},
    ),
    row("a_b.plain", ["create"], None, {"text": "needle in a haystack"}),
)
DESTROYS = ("aws_s3_bucket.logs", "aws_s3_bucket.models")


def write(folder: Path, *documents: bytes, pull_request: PullRequest | None = None) -> str:
    """The page of those plans; its address."""
    file = folder / "report.html"
    file.write_text(render_page(run(*documents, pull_request=pull_request).report, TEMPLATES), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def report(page: Page, tmp_path: Path) -> Page:
    page.goto(write(tmp_path, NET, APP))
    return page


def addresses(page: Page) -> list[str]:
    """Those that the list shows, in order.  Not the inner text: a new chunk has none before its first frame is painted."""
    return page.locator("#list .address").all_text_contents()


def rows(page: Page) -> Any:
    return page.locator("#list .chunk > li")


def row_of(page: Page, address: str) -> Any:
    return rows(page).filter(has=page.locator(f'.address:text-is("{address}")'))


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f'#filters button[data-filter="{name}"][data-value="{value}"]').click()


# --- what is there ------------------------------------------------------------------------------------------------


def test_the_first_screen_answers(report: Page) -> None:
    first = [
        report.locator(f"#headline, .counts, .glance a:text('{text}')").last for text in ("Destroys", "Permissions")
    ]
    for found in (report.locator("#headline"), report.locator(".counts"), *first):
        box = found.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 800
    assert report.locator("#headline").inner_text() == "PROD: do not merge yet – 3 deletions nobody explained"
    assert report.locator(".counts").inner_text().split("\n") == ["2 destroy", "1 replace", "1 update", "2 create"]


def test_every_change_is_listed_the_dangerous_first(report: Page) -> None:
    assert addresses(report) == [
        *DESTROYS,
        "aws_sqs_queue.q",
        "aws_instance.web",
        "aws_iam_user_policy_attachment.a",
        "a_b.plain",
    ]
    assert report.locator("#found").inner_text() == "6 changes"


# --- search and filters -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("models", ["aws_s3_bucket.models"]),  # of an address
        ("AWS_S3_BUCKET", [*DESTROYS]),  # a type, in any case
        ("instance_type", ["aws_instance.web"]),  # a path
        ("tags.team", ["aws_instance.web"]),
        ("haystack", ["a_b.plain"]),  # a value
        ("m5.24xlarge", ["aws_instance.web"]),
        ("bucket logs", ["aws_s3_bucket.logs"]),  # every word must be there
        ("destroy", [*DESTROYS]),
        ("nowhere", []),
    ],
)
def test_search(report: Page, words: str, found: list[str]) -> None:
    report.fill("#search", words)
    assert addresses(report) == found
    assert report.locator("#found").inner_text() == f"{len(found)} of 6 changes"


def test_what_was_found_inside_of_a_change_is_shown(report: Page) -> None:
    report.fill("#search", "haystack")
    assert report.locator(".hit").all_text_contents() == ['+text = "needle in a haystack"']
    report.fill("#search", "a_b")
    assert report.locator(".hit").all_text_contents() == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("kind", "delete", [*DESTROYS]),
        ("kind", "replace", ["aws_sqs_queue.q"]),
        ("kind", "update", ["aws_instance.web"]),
        ("concern", "destructive", [*DESTROYS, "aws_sqs_queue.q"]),
        ("concern", "iam", ["aws_iam_user_policy_attachment.a"]),
        ("stack", "two", ["aws_instance.web", "a_b.plain"]),
    ],
)
def test_a_filter(report: Page, name: str, value: str, found: list[str]) -> None:
    choose(report, name, value)
    assert addresses(report) == found
    assert report.locator("#found").inner_text() == f"{len(found)} of 6 changes"
    choose(report, name, value)
    assert len(addresses(report)) == 6


def test_filters_of_one_row_add_and_those_of_several_narrow(report: Page) -> None:
    choose(report, "kind", "delete")
    choose(report, "kind", "replace")
    assert addresses(report) == [*DESTROYS, "aws_sqs_queue.q"]
    choose(report, "stack", "two")
    assert addresses(report) == []
    report.click("#clear")
    assert len(addresses(report)) == 6
    assert report.locator("#filters [aria-pressed=true]").count() == 0


def test_many_stacks_are_a_list_to_choose_from(page: Page, tmp_path: Path) -> None:
    report = run(*[plan(row("a_b.c", ["create"], None, {"x": 1}))] * 4).report
    text = render_page(report, TEMPLATES).replace("const MOST_CHOICES = 12;", "const MOST_CHOICES = 3;")
    policy = text.index("<meta http-equiv"), text.index("<meta name")
    (tmp_path / "few.html").write_text(text[: policy[0]] + text[policy[1] :], encoding="utf-8")
    page.goto((tmp_path / "few.html").as_uri())
    page.get_by_label("Stack", exact=True).select_option("three")
    assert page.locator("#list .stack").all_text_contents() == ["three"]


# --- folding and values -------------------------------------------------------------------------------------------


def test_a_change_unfolds_and_folds(report: Page) -> None:
    change = row_of(report, "a_b.plain")
    assert change.locator(".body").count() == 0
    change.locator("summary").click()
    expect(change.locator(".body .diff")).to_have_text('+ text = "needle in a haystack"')
    change.locator("summary").click()
    expect(change.locator(".body")).to_be_hidden()


def test_all_unfold_and_fold(report: Page) -> None:
    report.click("#unfold")
    expect(report.locator("#list details[open]")).to_have_count(6)
    assert report.locator("#unfold").inner_text() == "Fold all"
    report.click("#unfold")
    expect(report.locator("#list details[open]")).to_have_count(0)


def test_values_stand_side_by_side_or_below_each_other(report: Page) -> None:
    change = row_of(report, "aws_sqs_queue.q")
    change.locator("summary").click()
    expect(change.locator("th")).to_have_text(["before", "after"])
    cells = change.locator("tr:has(.gone) td")
    assert [" ".join(text.split()) for text in cells.all_text_contents()] == ['- "jobs"', '+ "jobs-v2"']
    left, right = cells.nth(0).bounding_box(), cells.nth(1).bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]
    assert change.locator(".come mark").all_text_contents() == ["-v2"]
    assert change.locator(".forces").text_content() == "forces replacement"
    report.click("#split")
    expect(change.locator("th")).to_have_count(0)
    below = change.locator("td.gone").bounding_box(), change.locator("td.come").bounding_box()
    assert below[0]["x"] == below[1]["x"]
    assert below[0]["y"] < below[1]["y"]
    assert report.locator("#split").get_attribute("aria-pressed") == "false"


def test_signs_are_there_and_not_colour_alone(report: Page) -> None:
    kinds = report.locator("#list .kind").all_text_contents()
    assert kinds == ["− destroy", "− destroy", "± replace", "~ update", "+ create", "+ create"]
    report.click("#unfold")
    expect(report.locator("#list .diff")).to_have_count(6)
    assert {text[0] for text in report.locator("#list .gone").all_text_contents()} == {"-"}
    assert {text[0] for text in report.locator("#list .come").all_text_contents()} == {"+"}


# --- keyboard, links, colours, print, widths ----------------------------------------------------------------------


def focused(page: Page) -> str:
    return str(
        page.evaluate("document.activeElement.querySelector('.address')?.textContent || document.activeElement.id")
    )


def test_everything_by_keyboard(report: Page) -> None:
    report.keyboard.press("/")
    assert focused(report) == "search"
    report.keyboard.type("aws_s3jk?")  # in the search they are letters
    assert report.input_value("#search") == "aws_s3jk?"
    report.fill("#search", "aws_s3")
    report.keyboard.press("Escape")
    report.keyboard.press("j")
    assert focused(report) == "aws_s3_bucket.logs"
    report.keyboard.press("j")
    assert focused(report) == "aws_s3_bucket.models"
    report.keyboard.press("j")  # the last one
    assert focused(report) == "aws_s3_bucket.models"
    report.keyboard.press("Enter")
    expect(row_of(report, "aws_s3_bucket.models").locator("details")).to_have_attribute("open", "")
    report.keyboard.press("o")
    expect(report.locator("#list details[open]")).to_have_count(0)
    report.keyboard.press("k")
    assert focused(report) == "aws_s3_bucket.logs"
    report.keyboard.press("x")
    expect(report.locator("#list details[open]")).to_have_count(2)


def test_keys_faster_than_the_toggle_event_unfold_all_too(report: Page) -> None:
    """A toggle event comes after the key that caused it: folded by hand and unfolded with all, in one turn of the page."""
    report.keyboard.press("j")
    report.keyboard.press("Enter")
    expect(report.locator("#list details[open]")).to_have_count(1)
    report.evaluate(
        "for (const key of 'ox') document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    )
    expect(report.locator("#list details[open]")).to_have_count(6)


def test_the_help_opens_and_closes(report: Page) -> None:
    report.keyboard.press("?")
    expect(report.locator("#keys")).to_be_visible()
    report.keyboard.press("j")  # does nothing below it
    report.keyboard.press("Escape")
    expect(report.locator("#keys")).to_be_hidden()
    report.click("#help")
    report.get_by_role("button", name="Close").click()
    expect(report.locator("#keys")).to_be_hidden()


def test_every_control_is_reached_by_tab_and_shows_it(report: Page) -> None:
    reached = set()
    for _ in range(60):
        report.keyboard.press("Tab")
        reached.add(report.evaluate("document.activeElement.id || document.activeElement.dataset.value || focus.name"))
        outline = report.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or report.evaluate("document.activeElement === document.body")
    assert {"theme", "search", "unfold", "split", "help", "delete", "iam", "two"} <= reached


def test_names_and_roles_are_there_for_screen_readers(report: Page) -> None:
    assert report.get_by_role("heading", level=1).count() == 1
    assert report.get_by_role("status").inner_text() == "6 changes"
    assert report.get_by_role("searchbox", name="Search changes").count() == 1
    assert report.get_by_role("group", name="Kind").get_by_role("button").count() == 4
    assert report.get_by_role("button", name="Switch to dark colours").count() == 1
    nameless = "els => els.filter(e => !(e.textContent.trim() || e.getAttribute('aria-label'))).length"
    assert report.locator("button, a, summary").evaluate_all(nameless) == 0


def test_a_link_leads_to_its_change(report: Page) -> None:
    report.fill("#search", "plain")
    report.locator("#deletions a", has_text="aws_s3_bucket.models").click()
    change = row_of(report, "aws_s3_bucket.models")
    expect(change.locator("details")).to_have_attribute("open", "")
    expect(change).to_be_in_viewport()
    assert focused(report) == "aws_s3_bucket.models"
    assert report.input_value("#search") == ""  # or it would have been hidden
    link = change.locator(".permalink").get_attribute("href")
    assert link == "#default%20aws_s3_bucket.models"


def test_a_link_from_outside_leads_to_its_change(page: Page, tmp_path: Path) -> None:
    page.goto(f"{write(tmp_path, APP)}#a_b.plain")
    expect(page.locator("#list details[open] .address")).to_have_text("a_b.plain")
    page.goto(f"{write(tmp_path, APP)}#%E0%A4%A")  # no link of ours
    page.goto(f"{write(tmp_path, APP)}#gone")


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_light_and_dark_follow_the_system_until_switched(report: Page) -> None:
    assert background(report) == "rgb(255, 255, 255)"
    report.emulate_media(color_scheme="dark")
    assert background(report) == "rgb(13, 17, 23)"
    report.keyboard.press("t")
    assert background(report) == "rgb(255, 255, 255)"
    report.click("#theme")
    assert background(report) == "rgb(13, 17, 23)"
    report.emulate_media(color_scheme="light")
    assert background(report) == "rgb(13, 17, 23)"
    assert report.locator("#theme").inner_text() == "Light"


CONTRAST = """() => {
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const read = (text) => text.match(/[0-9.]+/g).map(Number);
  const back = (e) => { for (; e; e = e.parentElement) { const c = read(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const low = [];
  for (const e of document.querySelectorAll("body *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
    const [a, b] = [light(read(getComputedStyle(e).color)), light(back(e).slice(0, 3))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(`${e.tagName} ${e.className} ${e.textContent.slice(0, 30)}`);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(report: Page, scheme: Any) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    report.emulate_media(color_scheme=scheme)
    report.click("#unfold")
    expect(report.locator("#list .diff")).to_have_count(6)
    assert report.evaluate(CONTRAST) == []


def test_print_unfolds_everything_and_hides_the_controls(report: Page) -> None:
    report.emulate_media(media="print")
    report.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert report.locator("#list .diff").count() == 6
    for shown in report.locator("#list .diff").all():
        expect(shown).to_be_visible()
    for hidden in ("#search", "#unfold", "#theme", "#help"):
        expect(report.locator(hidden)).to_be_hidden()
    report.evaluate("dispatchEvent(new Event('afterprint'))")
    assert report.locator("#list details[open]").count() == 0
    assert len(report.pdf()) > 10_000


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(report: Page, width: int) -> None:
    report.set_viewport_size({"width": width, "height": 800})
    report.click("#unfold")
    expect(report.locator("#list .diff")).to_have_count(6)
    assert report.evaluate("document.documentElement.scrollWidth") <= width


# --- ten thousand changes -----------------------------------------------------------------------------------------


def many(number: int) -> bytes:
    rows_ = [row(f"a_b.new[{i}]", ["create"], None, {"name": f"item {i}", "x": "y" * 40}) for i in range(number - 1)]
    return plan(*rows_, row("aws_s3_bucket.old", ["delete"], {"bucket": "models"}))


WORDS = ["i", "it", "item 5", "nowhere", ""]
SECONDS = """async (words) => {
  const search = document.getElementById("search");
  let most = 0;
  for (const word of words) {
    search.value = word;
    const start = performance.now();
    search.dispatchEvent(new Event("input"));
    document.body.offsetHeight;
    most = Math.max(most, performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return most / 1000;
}"""


def test_ten_thousand_changes_cost_the_browser_what_a_hundred_do(page: Page, tmp_path: Path) -> None:
    page.goto(write(tmp_path, many(100)))
    few, quick = page.evaluate("document.querySelectorAll('*').length"), page.evaluate(SECONDS, WORDS)
    page.goto(write(tmp_path, many(10_000)))
    assert page.locator("#found").inner_text() == "10,000 changes"
    assert page.evaluate("document.querySelectorAll('*').length") < 4 * few
    page.fill("#search", "item 777")
    assert page.locator("#found").inner_text() == "19 of 10,000 changes"
    assert addresses(page) == [f"a_b.new[{i}]" for i in range(9_999) if "777" in str(i)]
    page.fill("#search", "")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.locator('.address:text-is("a_b.new[9998]")')).to_be_attached()  # the very last is there when looked at
    assert page.evaluate("document.querySelectorAll('*').length") < 8 * few
    page.goto(f"{page.url}#a_b.new%5B5000%5D")
    expect(page.locator('.address:text-is("a_b.new[5000]")')).to_be_in_viewport()
    assert page.evaluate(SECONDS, WORDS) < 100 * max(
        quick, 0.01
    )  # the whole of the text is searched, so it is no constant


# --- strangers' values --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_value_does_nothing_and_is_shown_as_text(page: Page, tmp_path: Path, attack: str) -> None:
    page.goto(write(tmp_path, document(attack), document(attack)))
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # everything is unfolded
    assert page.evaluate("window.bad") is None
    assert page.locator("#list img, #list script, #list svg, #list style").count() == 0
    shown = page.locator("#list").text_content() or ""
    if attack.isprintable():
        assert json.dumps(attack, ensure_ascii=False)[1:-1] in shown
    page.fill("#search", attack)
    assert page.locator("#found").inner_text() != ""


def test_the_policy_stops_what_would_get_through(page: Page, watch: Watch, tmp_path: Path) -> None:
    """A second net: even a script element that did get into the page would not run, nor would HTML be made of text."""
    address = write(tmp_path, APP)
    file = tmp_path / "report.html"
    text = file.read_text(encoding="utf-8").replace("</main>", "<script>window.bad = 1</script><img src=x></main>")
    file.write_text(text, encoding="utf-8")
    page.goto(address)
    made = "() => { try { document.body.innerHTML = '<b>x</b>'; return 'made' } catch (error) { return error.name } }"
    assert page.evaluate(made) == "TypeError"
    assert page.evaluate("window.bad") is None
    assert len(watch.troubles) >= 2
    assert all("Content Security Policy" in one or "TrustedHTML" in one for one in watch.troubles)
    watch.troubles.clear()


def test_verdict_deletions_and_permissions_need_no_script(browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(write(tmp_path, NET))
    for text in ("3 deletions nobody explained", "models", "AdministratorAccess"):
        expect(page.locator("main")).to_contain_text(text)
    expect(page.locator("noscript")).to_be_visible()
    expect(page.locator("#explorer")).to_be_hidden()
    expect(page.locator("#theme")).to_be_hidden()
    context.close()
