"""``plan-review templates`` and what ``config check`` says about templates of the user's own."""

from collections.abc import Iterator

from msgspec import structs

from bot.app import Options, Outcome, build_settings, read_config, read_own_templates
from bot.config import Config
from bot.edge import files
from bot.errors import BadUsage
from bot.own_templates import FIXED
from bot.pull_request import decode_pull_request
from bot.record import Stack
from bot.review import Settings, build_stacks, review
from bot.since import Earlier
from bot.template_file import FOLDER, NONE, VERSION, OwnTemplates

UNREAD = f"{FOLDER} holds templates that nothing reads: the settings do not say `templates: {VERSION}`.\n"
NOTHING = b'{"format_version": "1.2", "terraform_version": "1.11.4", "complete": true, "resource_changes": []}'


def run_templates(action: str, name: str | None) -> Outcome:
    """List the built-in templates that can be replaced, or show one to start from.  Raises BadUsage."""
    texts = {name: text for name, text in files.read_templates().items() if name not in FIXED}
    if action == "list":
        return Outcome(text="".join(f"{name}\n" for name in sorted(texts)))
    if name not in texts:
        raise BadUsage(f"There is no template {name or 'without a name'}.", "See `plan-review templates list`.")
    return Outcome(text=texts[name])


def check_settings(name: str | None, folder: str | None = None) -> Outcome:
    """Are the settings good, and can every template be used?  Raises BadConfig with the place of the mistake."""
    config = read_config(name)
    own = read_own_templates(folder, config)
    if own == NONE:
        hint = UNREAD if files.read_own_templates(FOLDER) else ""
        return Outcome(text=f"The settings are good.\n{hint}")
    notices = list(dict.fromkeys(_try(own)))
    if notices:
        return Outcome(text="".join(f"{notice}\n" for notice in notices), exit_code=1)
    return Outcome(text=f"The settings are good, and so are the templates: {', '.join(sorted(own.texts))}.\n")


def _try(own: OwnTemplates) -> Iterator[str]:
    """What is wrong with ``own`` when they show the bundled plan: alone, twice beside an earlier one, and no change."""
    demo = tuple(build_stacks("ml-platform", files.read_demo("plan.json"), Config().secrets))
    pull_request = decode_pull_request(files.read_demo("pull-request.yml"), "pull-request.yml")
    settings = build_settings(Options(), Config(), pull_request, own)
    earlier = Earlier(stacks=tuple(structs.replace(s, plan=structs.replace(s.plan, changes=())) for s in demo))
    twice = (*demo, *(structs.replace(stack, name="second") for stack in demo))
    nothing = tuple(build_stacks("default", NOTHING, Config().secrets))
    yield from _review(demo, settings)
    yield from _review(twice, structs.replace(settings, earlier=earlier))
    yield from _review(nothing, structs.replace(settings, environment="dev"))


def _review(stacks: tuple[Stack, ...], settings: Settings) -> Iterator[str]:
    yield from review(stacks, settings).publication.notices
