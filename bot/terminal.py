"""The report for people at a terminal: plain text, colour only where the caller says so."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from bot.access_report import NoteRow
from bot.blocks import Block
from bot.checklist import COUNTED
from bot.markdown import one_line, plain_table
from bot.promotion_report import StepGroup
from bot.report import Report
from bot.sections import tell_noise
from bot.state import State
from bot.verdict import Reason
from bot.wording import plural

BOLD, RED, YELLOW, GREEN, DIM, RESET = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[2m", "\x1b[0m"
STATE_COLOURS = {State.PASS: GREEN, State.ATTENTION: YELLOW, State.HOLD: RED, State.ERROR: RED}
SIGN_COLOURS = {"-": RED, "+": GREEN, " ": ""}
TICKS = {"pass": "[x]", "fail": "[!]", "human": "[ ]", "not_applicable": "[-]"}
MOST_BLOCKS = 200
Paint = Callable[[str, str], str]


def format_terminal(report: Report, *, colour: bool, most: int = MOST_BLOCKS) -> str:
    """The whole report as text; every control character that a plan may hold is made visible."""
    paint = _paint if colour else _plain
    parts: tuple[Iterable[str], ...] = (
        [paint(f"{report.icon} {report.headline}", BOLD + STATE_COLOURS[report.state])],
        _holding(report, paint),
        _failures(report, paint),
        _counts(report),
        _deletions(report, paint),
        _renames(report),
        _permissions(report, paint, most),
        _exposure(report, paint, most),
        _cost(report, paint, most),
        _remarks("Names", report.naming, report, paint, most),
        _remarks("Scanners", report.scanners, report, paint, most),
        _noticing(report),
        _since(report),
        _promotion(report, most),
        _checklist(report),
        _blocks(report, paint, most),
        _override(report),
    )
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _paint(text: str, code: str) -> str:
    return f"{code}{text}{RESET}" if code else text


def _plain(text: str, code: str) -> str:
    return text


def _holding(report: Report, paint: Paint) -> Iterator[str]:
    for rule in report.holding:
        yield paint(one_line(rule.sentence), STATE_COLOURS[rule.state])
        if rule.advice:
            yield f"  -> {one_line(rule.advice)}"


def _failures(report: Report, paint: Paint) -> Iterator[str]:
    if not report.failures.number:
        return
    yield paint(f"Why planning failed: {plural(report.failures.number, 'error')}", BOLD)
    for group in report.failures.groups:
        missing = f" Missing: {', '.join(group.permissions)}." if group.permissions else ""
        yield f"  {one_line(group.likely + missing)}"
        yield from [f"  -> {one_line(group.advice)}"] if group.advice else []
        yield from (f"     $ {one_line(command)}" for command in group.commands)
        for line in group.lines:
            where = " ".join(text for text in (line.stack if report.several else "", line.place, line.address) if text)
            yield f"    {one_line(where)}: {one_line(line.summary)}" if where else f"    {one_line(line.summary)}"
            yield from (paint(f"      {one_line(text)}", DIM) for text in (line.held, line.detail) if text)
    if report.failures.left_out:
        yield f"  ... and {plural(report.failures.left_out, 'error')} more: mend these first, and plan again"


def _counts(report: Report) -> Iterator[str]:
    headers = ["stack", *("destroy" if kind == "delete" else kind for kind in COUNTED)]
    rows = [
        [row.name, *("?" if row.problem else str(row.counts[kind] or "-") for kind in COUNTED)] for row in report.stacks
    ]
    yield plain_table(rows, headers)
    for row in report.stacks:
        yield from (f"{one_line(row.name)}: {one_line(text)}" for text in (row.problem, *row.notes) if text)


def _deletions(report: Report, paint: Paint) -> Iterator[str]:
    if not report.deletions:
        return
    yield paint("Destroys and replaces", BOLD)
    rows = [
        [
            "HOLD" if row.held else "",
            row.verb,
            _place(row.stack, row.address, row.deposed, several=report.several),
            row.lost,
            ", ".join((row.why, *row.why_paths)).strip(", ") or "no reason given",
            row.intent,
        ]
        for row in report.deletions
    ]
    yield plain_table(rows, ["", "what", "address", "lost", "why", "explained by"])


def _renames(report: Report) -> Iterator[str]:
    if report.renames:
        yield "Looks like a rename: with this block Terraform keeps the object. Add it and plan again."
    for rename in report.renames[:10]:
        yield from (f"  {one_line(line)}" for line in rename.block.splitlines())
    if len(report.renames) > 10:
        yield f"  ... and {len(report.renames) - 10:,} more pairs: see --format json"


def _permissions(report: Report, paint: Paint, most: int) -> Iterator[str]:
    access = report.access
    if not (access.grants or access.notes or access.unchanged):
        return
    yield paint(f"Permissions: {access.counts}" if access.counts else "Permissions", BOLD)
    for row in access.grants[:most]:
        where = _place(row.stack, row.address, row.deposed, several=report.several)
        condition = f" if {row.condition}" if row.condition else ""
        told = f"{_some(row.principals)} {row.verb} {_some(row.roles)} on {_some(row.resources)}{condition}"
        yield f"  {row.severity:8} {one_line(told)}"
        more = f" and {row.others} more of it" if row.others else ""
        yield paint(f"           {one_line(where)}{more}: {one_line(row.because)}", DIM)
    if len(access.grants) > most:
        yield f"  ... and {len(access.grants) - most:,} more, none of them worse: see --format json"
    yield from _notes(access.notes, report, most)
    if access.unchanged:
        yield f"  No permission changed by {one_line(_some(access.unchanged))}"


def _exposure(report: Report, paint: Paint, most: int) -> Iterator[str]:
    if report.access.exposures:
        yield paint("Opened to everybody", BOLD)
        yield from _notes(report.access.exposures, report, most)


def _cost(report: Report, paint: Paint, most: int) -> Iterator[str]:
    cost = report.cost
    if cost.rows or cost.total:
        yield paint(one_line(f"Cost: {cost.total}" if cost.total else "Cost"), BOLD)
        yield from [f"  {one_line(cost.unpriced)}"] if cost.unpriced else []
    for row in cost.rows[:most]:
        where = _place(row.stack, row.address, None, several=report.several)
        more = f" and {row.number - 1} more of it" if row.number > 1 else ""
        told = " -> ".join(text for text in (row.before, row.after) if text)
        parts = (f"{where}{more}", row.driver, told, row.money)
        yield f"  {row.word:8} {one_line(': '.join(part for part in parts if part))}"
    if len(cost.rows) > most:
        yield f"  ... and {len(cost.rows) - most:,} more, none of them heavier: see --format json"


def _remarks(title: str, notes: Sequence[NoteRow], report: Report, paint: Paint, most: int) -> Iterator[str]:
    if notes:
        yield paint(title, BOLD)
        yield from _notes(notes, report, most)


def _notes(notes: Sequence[NoteRow], report: Report, most: int) -> Iterator[str]:
    for note in notes[:most]:
        where = _place(note.stack, note.address, note.deposed, several=report.several)
        yield f"  {note.icon} {one_line(where)} {one_line(note.text)}"
    if len(notes) > most:
        yield f"  ... and {len(notes) - most:,} more, none of them worse: see --format json"


def _some(texts: Sequence[str]) -> str:
    return ", ".join(texts[:5]) + (f" and {len(texts) - 5} more" if len(texts) > 5 else "")


def _noticing(report: Report) -> Iterator[str]:
    for rule in report.noticing:
        yield f"Look at this: {one_line(rule.sentence)}"
        yield from (f"  {_reason(child, several=report.several)}" for child in rule.children[:20])


def _reason(reason: Reason, *, several: bool) -> str:
    where = _place(reason.stack, reason.address, reason.deposed, several=several)
    return one_line(f"{where} {reason.sentence}".strip())


def _place(stack: str, address: str, deposed: str | None, *, several: bool) -> str:
    name = f"[{stack}] {address}" if several else address
    return f"{name} (deposed {deposed})" if deposed else name


def _since(report: Report) -> Iterator[str]:
    since = report.since
    if since is None:
        return
    if since.because:
        yield f"Since you last looked: no basis, {one_line(since.because)}."
        return
    told = [since.run, f" of {since.commit}" if since.commit else "", f", {since.age}" if since.age else ""]
    earlier = one_line("".join(told))
    moved = f" The verdict was: {since.before}; it is now: {since.now}." if since.before not in ("", since.now) else ""
    if since.same:
        yield f"Same plan as in {earlier}.{moved}"
        return
    yield f"Since you last looked ({earlier}){':' if not moved else f'.{moved}'}"
    yield from (f"  {sentence}: {one_line(stack)}" for sentence, stack in since.stacks)
    for row in since.rows:
        for group in row.groups:
            for at in group.places:
                place = one_line(_place(at.stack, at.address, at.deposed, several=report.several))
                differs = f" in {one_line(', '.join(at.differs))}" if at.differs else ""
                yield f"  {row.word}: {group.does} {place}{differs}{f' and {at.more} more' if at.more else ''}"
            yield from [f"  {row.word}: {group.does} {group.more}"] if group.more else []
    yield from (f"  Different: {one_line(name)}" for name in since.others[:10])
    yield from [f"  ... and {len(since.others) - 10:,} more"] if len(since.others) > 10 else []
    yield "  Everything else is the same."


def _promotion(report: Report, most: int) -> Iterator[str]:
    told = report.promotion
    if told is None:
        return
    if told.agrees:
        yield f"STAGE got the same ({plural(told.same, 'change')})."
        return
    yield "What STAGE got"
    yield from (f"  {one_line(f'{name} {because}'.strip())}." for name, because in told.notes)
    yield from [f"  {told.warning}."] if told.warning else []
    for group in told.destroyed:
        yield from _steps("Never seen in STAGE", group, report, len(group.steps))
    for row in told.different[:most]:
        where = _place(row.step.stack, row.step.address, row.step.deposed, several=report.several)
        yield f"  Another action: STAGE: {row.there}, PROD: {row.here} {one_line(where)}"
    yield from [f"  ... and {len(told.different) - most:,} more"] if len(told.different) > most else []
    for word, groups in (("Never seen in STAGE", told.here), ("Missing here, STAGE got it", told.there)):
        for group in groups:
            yield from _steps(word, group, report, most)
    yield from [f"  {plural(told.same, 'change')} as in STAGE."] if told.compared else []


def _steps(word: str, group: StepGroup, report: Report, most: int) -> Iterator[str]:
    for step in group.steps[:most]:
        where = _place(step.stack, step.address, step.deposed, several=report.several)
        yield f"  {word}: {group.does} {one_line(where)}"
    if len(group.steps) > most:
        yield f"  {word}: {group.does} {len(group.steps) - most:,} more"


def _checklist(report: Report) -> Iterator[str]:
    if report.idle:
        return
    yield "Checklist"
    for item in report.checklist:
        evidence = f" - {one_line(item.evidence)}" if item.evidence else ""
        yield f"  {TICKS[item.state]} {item.text}{evidence}{' (reviewer)' if item.state == 'human' else ''}"


def _blocks(report: Report, paint: Paint, most: int) -> Iterator[str]:
    if not report.blocks:
        return
    loud = [block for block in report.blocks if not block.noise]
    yield paint(f"All {plural(len(report.blocks), 'change')}", BOLD)
    for block in (*loud[:most], *report.outputs[:most]):
        yield from _block(block, paint, several=report.several)
    if len(loud) > most:
        yield f"... and {plural(len(loud) - most, 'more change')}: see --format json for all of them"
    yield from _quiet([block for block in report.blocks if block.noise], report, most)


def _quiet(blocks: Sequence[Block], report: Report, most: int) -> Iterator[str]:
    if blocks:
        yield f"  {tell_noise(blocks)}"
    for block in blocks[:most]:
        where = _place(block.stack, block.address, block.deposed, several=report.several)
        names = f": {_some(block.names)}" if block.names else ""
        yield f"    {block.icon} {one_line(where + names)}"
    if len(blocks) > most:
        yield f"    ... and {len(blocks) - most:,} more like these: see --format json"


def _block(block: Block, paint: Paint, *, several: bool) -> Iterator[str]:
    where = one_line(_place(block.stack, block.address, block.deposed, several=several))
    yield f"  {block.icon} {where}: {one_line(block.title)}"
    if block.previous_address:
        yield f"      moved from {one_line(block.previous_address)}"
    yield from (f"      {remark}" for remark in block.remarks)
    for sign, text in block.lines:
        yield paint(f"      {sign} {one_line(text)}".rstrip(), SIGN_COLOURS[sign])


def _override(report: Report) -> Iterator[str]:
    for lift in report.overrides.needed:
        override = lift.override
        yield f"Label {override.label}: {one_line(override.because)}"
        yield f"It covers exactly {plural(len(override.covers), lift.noun)}: {override.digest}"
