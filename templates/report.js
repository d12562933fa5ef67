"use strict";
// The list of single changes: search, filters, folding, values side by side.  Values of a plan are text of strangers:
// they reach the page through textContent alone, and the page's policy makes the browser refuse any other way.
(() => {
  const CHUNK = 100; // rows that are put into the page together
  const ROW_HEIGHT = 38; // pixels, about: what a row takes that is not in the page yet
  const WIDE = 900; // pixels from which values stand side by side at first
  const MOST_CHOICES = 12; // more stacks than this are a list to choose from, not buttons
  const SIGNS = { create: "+", update: "~", replace: "±", delete: "−", forget: "⊘", move: "→", import: "↓", read: "?", no_op: "·", unknown: "!" };
  const WORDS = { delete: "destroy", no_op: "nothing" };
  const CONCERNS = { destructive: "destruction", iam: "permissions", exposure: "exposure", cost: "cost", protection: "protection", naming: "names", scanners: "scanners" };
  const LISTS = { changes: "change", deferred: "put off", outputs: "output", drift: "changed outside" };

  const $ = (id) => document.getElementById(id);
  const { several, rows } = JSON.parse($("data").textContent);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const chosen = { kind: new Set(), concern: new Set(), stack: new Set(), list: new Set() };
  const state = { words: [], found: rows, chunks: [], split: innerWidth >= WIDE, unfolded: false };

  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  // --- one change ----------------------------------------------------------------------------------------------------

  function kindWord(kind) {
    return WORDS[kind] || kind;
  }

  function buildRow(row) {
    const item = make("li");
    const details = make("details");
    const summary = make("summary");
    const kind = make("span", `kind ${row.kind}`, `${SIGNS[row.kind]} ${kindWord(row.kind)}`);
    const tags = make("span", "tags");
    if (row.list !== "changes") tags.append(make("span", "tag", LISTS[row.list]));
    for (const concern of row.concerns || []) tags.append(make("span", `tag ${concern}`, CONCERNS[concern] || concern));
    summary.append(kind, buildName(row), tags);
    details.append(summary);
    summary.addEventListener("click", () => tellFolded(row));
    details.addEventListener("toggle", () => row.details.open && fillBody(row));
    item.append(details);
    Object.assign(row, { item, details, summary });
    return item;
  }

  // Before it folds or unfolds by hand.  The toggle event tells it too, but later, when all may be unfolded already.
  function tellFolded(row) {
    row.folded = row.details.open;
  }

  function buildName(row) {
    const name = make("span", "name");
    if (several) name.append(make("code", "stack", row.stack), " ");
    name.append(make("code", "address", row.address));
    if (row.deposed) name.append(" deposed ", make("code", "", row.deposed));
    const title = row.title.startsWith(`${row.kind}, `) ? row.title.slice(row.kind.length + 2) : row.title;
    if (title && title !== row.kind && title !== kindWord(row.kind)) name.append(" ", make("span", "title", title));
    return name;
  }

  function fillBody(row) {
    if (row.body && row.split === state.split) return;
    row.body?.remove();
    row.body = make("div", "body");
    row.split = state.split;
    for (const remark of row.remarks || []) row.body.append(make("p", "quiet", remark));
    if (row.notes) row.body.append(buildNotes(row));
    if (row.lines) row.body.append(state.split && hasBothSides(row.lines) ? buildSplit(row.lines) : buildUnified(row.lines));
    if (row.config) row.body.append(make("pre", "", row.config));
    const link = make("a", "permalink", "Link to this change");
    link.href = `#${encodeURIComponent(row.id)}`;
    row.body.append(link);
    row.details.append(row.body);
  }

  function buildNotes(row) {
    const list = make("ul", "rows");
    for (const [severity, text] of row.notes) {
      const item = make("li");
      item.append(make("span", `severity ${severity}`, severity), ` ${text}`);
      list.append(item);
    }
    if (row.more_notes) list.append(make("li", "quiet", `and ${row.more_notes} more remarks`));
    return list;
  }

  // --- its difference ------------------------------------------------------------------------------------------------

  function hasBothSides(lines) {
    return lines.some((line) => line[0] === "-") && lines.some((line) => line[0] === "+");
  }

  // Runs of lines that go and come, and lines that stay: [gone, come] or [line].
  function groupLines(lines) {
    const groups = [];
    let open = null;
    for (const line of lines) {
      const [sign, text] = [line[0], line.slice(1)];
      if (sign === " ") {
        groups.push([text]);
        open = null;
      } else {
        if (!open || (sign === "-" && open[1].length)) groups.push((open = [[], []]));
        open[sign === "-" ? 0 : 1].push(text);
      }
    }
    return groups;
  }

  function buildCell(className, sign, text, other) {
    if (text === undefined) return make("td");
    const cell = make("td", className, `${sign} `);
    if (other === undefined) cell.append(text);
    else appendMarked(cell, text, other);
    return cell;
  }

  // What differs between two lines is marked, unless that is all of them.
  function appendMarked(cell, text, other) {
    const most = Math.min(text.length, other.length);
    let start = 0;
    while (start < most && text[start] === other[start]) start += 1;
    let end = 0;
    while (end < most - start && text[text.length - 1 - end] === other[other.length - 1 - end]) end += 1;
    const middle = text.slice(start, text.length - end);
    const indent = text.length - text.trimStart().length;
    if (!middle || start + end - indent < 3) cell.append(text);
    else cell.append(text.slice(0, start), make("mark", "", middle), text.slice(text.length - end));
  }

  // A line that stays is a path, with a remark behind it, or context.
  function buildPath(text) {
    const [path, remark] = text.split(/ {2}# (.*)/s);
    const cell = make("td", "path", path);
    if (remark) cell.append("  # ", make("span", remark.includes("forces replacement") ? "forces" : "", remark));
    return cell;
  }

  function buildTable(className, heads) {
    const table = make("table", className);
    table.setAttribute("aria-label", "Attributes that differ");
    if (heads) {
      const head = make("tr");
      for (const word of heads) head.append(Object.assign(make("th", "", word), { scope: "col" }));
      table.append(head);
    }
    return table;
  }

  function addLine(table, ...cells) {
    const line = make("tr");
    line.append(...cells);
    table.append(line);
  }

  function buildUnified(lines) {
    const table = buildTable("diff");
    for (const group of groupLines(lines)) {
      if (group.length === 1) {
        addLine(table, buildPath(group[0]));
        continue;
      }
      const [gone, come] = group;
      const paired = gone.length === come.length;
      gone.forEach((text, at) => addLine(table, buildCell("gone", "-", text, paired ? come[at] : undefined)));
      come.forEach((text, at) => addLine(table, buildCell("come", "+", text, paired ? gone[at] : undefined)));
    }
    return table;
  }

  function buildSplit(lines) {
    const table = buildTable("diff two", ["before", "after"]);
    for (const group of groupLines(lines)) {
      if (group.length === 1) {
        addLine(table, Object.assign(buildPath(group[0]), { colSpan: 2 }));
        continue;
      }
      const [gone, come] = group;
      for (let at = 0; at < Math.max(gone.length, come.length); at += 1) {
        addLine(table, buildCell("gone", "-", gone[at], come[at]), buildCell("come", "+", come[at], gone[at]));
      }
    }
    return table;
  }

  // --- search and filters --------------------------------------------------------------------------------------------

  function textOf(row) {
    if (row.text === undefined) {
      const parts = [row.stack, row.address, row.deposed, kindWord(row.kind), row.title, ...(row.remarks || []), ...(row.lines || []), row.config];
      row.text = parts.filter(Boolean).join("\n").toLowerCase();
    }
    return row.text;
  }

  function fits(row) {
    const { kind, concern, stack, list } = chosen;
    return (
      (!kind.size || kind.has(row.kind)) &&
      (!stack.size || stack.has(row.stack)) &&
      (!list.size || list.has(row.list)) &&
      (!concern.size || (row.concerns || []).some((one) => concern.has(one))) &&
      state.words.every((word) => textOf(row).includes(word))
    );
  }

  function find() {
    state.words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    state.found = rows.filter(fits);
    const all = rows.length.toLocaleString("en");
    const some = state.found.length.toLocaleString("en");
    const narrowed = state.words.length > 0 || Object.values(chosen).some((set) => set.size);
    $("found").textContent = narrowed ? `${some} of ${all} changes` : `${all} change${rows.length === 1 ? "" : "s"}`;
    $("clear").hidden = !narrowed;
    show();
  }

  function clear() {
    $("search").value = "";
    for (const set of Object.values(chosen)) set.clear();
    for (const button of document.querySelectorAll("#filters button")) button.setAttribute("aria-pressed", "false");
    for (const select of document.querySelectorAll("#filters select")) select.value = "";
    find();
  }

  // Rows come in chunks, and a chunk gets its rows when it comes near the window: ten thousand cost no more than a hundred.
  function show() {
    nearby.disconnect();
    state.chunks = [];
    for (let start = 0; start < state.found.length; start += CHUNK) state.chunks.push(buildChunk(start));
    $("list").replaceChildren(...state.chunks);
    if (state.chunks.length) fill(state.chunks[0]);
    for (const chunk of state.chunks) nearby.observe(chunk);
  }

  function buildChunk(start) {
    const chunk = make("ul", "chunk");
    const end = Math.min(start + CHUNK, state.found.length);
    chunk.setAttribute("aria-label", `Changes ${start + 1} to ${end}`);
    chunk.style.height = `${(end - start) * ROW_HEIGHT}px`;
    chunk.first = start;
    return chunk;
  }

  function rowsOf(chunk) {
    return state.found.slice(chunk.first, chunk.first + CHUNK);
  }

  function fill(chunk) {
    if (chunk.firstChild) return;
    const found = rowsOf(chunk);
    chunk.append(...found.map((row) => row.item || buildRow(row)));
    found.forEach(showHit);
    chunk.style.height = "";
  }

  function fillAt(at) {
    fill(state.chunks[Math.floor(at / CHUNK)]);
  }

  // Where the search was found inside of a change, its line stands below the address.
  function showHit(row) {
    row.hit?.remove();
    const head = `${row.stack}\n${row.address}\n${row.title}`.toLowerCase();
    const inside = state.words.find((word) => !head.includes(word));
    const line = inside && (row.lines || []).find((one) => one.toLowerCase().includes(inside));
    if (!line) return;
    row.hit = make("span", "hit", line);
    row.summary.append(row.hit);
  }

  function countBy(list) {
    const counts = new Map();
    for (const value of list) counts.set(value, (counts.get(value) || 0) + 1);
    return counts;
  }

  function addFilter(name, title, values, words) {
    const counts = countBy(values);
    const order = words ? Object.keys(words).filter((value) => counts.has(value)) : [...counts.keys()];
    if (order.length < 2 && name !== "concern") return;
    if (!order.length) return;
    const field = make("fieldset", "filter");
    field.append(make("legend", "", title));
    if (order.length > MOST_CHOICES) field.append(buildSelect(name, title, order, counts));
    else field.append(...order.map((value) => buildChoice(name, value, (words && words[value]) || value, counts.get(value))));
    $("filters").append(field);
  }

  function buildChoice(name, value, word, count) {
    const button = make("button", "", `${word} `);
    button.type = "button";
    button.dataset.filter = name;
    button.dataset.value = value;
    button.setAttribute("aria-pressed", "false");
    button.append(make("span", "", count.toLocaleString("en")));
    button.addEventListener("click", () => {
      const on = !chosen[name].delete(value);
      if (on) chosen[name].add(value);
      button.setAttribute("aria-pressed", String(on));
      find();
    });
    return button;
  }

  function buildSelect(name, title, order, counts) {
    const select = make("select");
    select.setAttribute("aria-label", title);
    select.append(Object.assign(make("option", "", "all"), { value: "" }));
    for (const value of order) select.append(Object.assign(make("option", "", `${value} (${counts.get(value)})`), { value }));
    select.addEventListener("change", () => {
      chosen[name].clear();
      if (select.value) chosen[name].add(select.value);
      find();
    });
    return select;
  }

  function addFilters() {
    const kinds = Object.fromEntries(["unknown", "delete", "replace", "forget", "update", "create", "import", "move", "read", "no_op"].map((kind) => [kind, kindWord(kind)]));
    addFilter("kind", "Kind", rows.map((row) => row.kind), kinds);
    addFilter("concern", "Concern", rows.flatMap((row) => row.concerns || []), CONCERNS);
    addFilter("stack", "Stack", rows.map((row) => row.stack));
    addFilter("list", "What", rows.map((row) => row.list), LISTS);
  }

  // --- folding -------------------------------------------------------------------------------------------------------

  const nearby = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        fill(target);
        if (state.unfolded) for (const row of rowsOf(target)) row.details.open ||= !row.folded;
      }
    },
    { rootMargin: "600px" },
  );

  function unfoldAll(on) {
    state.unfolded = on;
    $("unfold").setAttribute("aria-pressed", String(on));
    $("unfold").textContent = on ? "Fold all" : "Unfold all";
    for (const row of rows) {
      row.folded = false;
      if (!on && row.details) row.details.open = false;
    }
    nearby.disconnect();
    for (const chunk of state.chunks) nearby.observe(chunk);
  }

  function fold(row) {
    tellFolded(row);
    row.details.open = !row.details.open;
  }

  function setSplit(on) {
    state.split = on;
    $("split").setAttribute("aria-pressed", String(on));
    for (const row of rows) if (row.details?.open) fillBody(row);
  }

  // --- moving, links, theme, print -----------------------------------------------------------------------------------

  function focusRow(at) {
    const row = state.found[at];
    if (!row) return;
    fillAt(at);
    row.summary.focus({ preventScroll: true });
    row.item.scrollIntoView({ block: "nearest" });
  }

  function current() {
    const item = document.activeElement?.closest(".chunk > li");
    return item ? state.found.findIndex((row) => row.item === item) : -1;
  }

  function step(by) {
    const at = current();
    if (at >= 0) focusRow(at + by);
    else focusRow(0);
  }

  function openLinked() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      return; // not a link of ours
    }
    const row = byId.get(id);
    if (!row) return;
    if (!state.found.includes(row)) clear();
    const at = state.found.indexOf(row);
    fillAt(at);
    row.details.open = true;
    row.item.scrollIntoView({ block: "start" });
    row.summary.focus({ preventScroll: true });
  }

  function isDark() {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  function tellTheme() {
    $("theme").textContent = isDark() ? "Light" : "Dark";
    $("theme").setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
  }

  function switchTheme() {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    tellTheme();
  }

  let openedForPrint = [];
  function unfoldForPrint() {
    state.chunks.forEach(fill);
    openedForPrint = [...document.querySelectorAll("details:not([open])")];
    for (const details of openedForPrint) details.open = true;
    for (const row of state.found) fillBody(row); // now: the toggle event comes after the picture is taken
  }

  function foldAfterPrint() {
    for (const details of openedForPrint) details.open = false;
    openedForPrint = [];
  }

  const KEYS = {
    "/": () => $("search")?.focus(),
    "?": () => $("keys").showModal(),
    j: () => step(1),
    k: () => step(-1),
    o: () => current() >= 0 && fold(state.found[current()]),
    x: () => unfoldAll(!state.unfolded),
    s: () => setSplit(!state.split),
    t: switchTheme,
  };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
    const typing = event.target.closest("input, select, textarea");
    if (typing && event.key === "Escape") typing.blur();
    const act = typing ? undefined : KEYS[event.key];
    if (!act || (!rows.length && !"?t".includes(event.key))) return;
    event.preventDefault();
    act();
  }

  function start() {
    $("theme").hidden = false;
    tellTheme();
    $("theme").addEventListener("click", switchTheme);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tellTheme);
    document.addEventListener("keydown", onKey);
    if (!rows.length) return;
    $("explorer").hidden = false;
    addFilters();
    setSplit(state.split);
    $("search").addEventListener("input", find);
    $("clear").addEventListener("click", () => (clear(), $("search").focus()));
    $("unfold").addEventListener("click", () => unfoldAll(!state.unfolded));
    $("split").addEventListener("click", () => setSplit(!state.split));
    $("help").addEventListener("click", () => $("keys").showModal());
    addEventListener("hashchange", openLinked);
    addEventListener("beforeprint", unfoldForPrint);
    addEventListener("afterprint", foldAfterPrint);
    find();
    openLinked();
  }

  start();
})();
