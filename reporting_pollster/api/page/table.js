// A table that can be searched, sorted and paged. Its state is in the address; `prefix` tells several tables apart.

import { el, say, show } from "./dom.js";
import { count } from "./format.js";
import { asked, note } from "./state.js";

const ROWS = 50;
const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

// columns: {key, title, number, value: (row) => what to sort by, cell: (row) => text or element}; rows: any objects.
export function table({ caption, columns, rows, sort, totals, prefix = "", what = "row", empty = "There is nothing here.", search = true, actions = [] }) {
  const name = (word) => prefix + word;
  const state = { sort: asked(name("sort"), sort ?? ""), words: asked(name("q")), page: Number(asked(name("page"), "1")) || 1 };
  const body = el("tbody");
  const status = el("p", { className: "status" });
  const pager = el("div", { className: "pager" });
  const head = el("tr");
  const box = el("input", { type: "search", value: state.words, placeholder: "Search", "aria-label": `Search: ${caption}`, autocomplete: "off", spellcheck: "false" });
  box.addEventListener("input", () => change({ words: box.value, page: 1 }));

  function change(changes) {
    Object.assign(state, changes);
    note({ [name("sort")]: state.sort === (sort ?? "") ? "" : state.sort, [name("q")]: state.words, [name("page")]: state.page > 1 ? state.page : "" });
    draw();
    say(status.textContent);
  }

  function draw() {
    const found = sorted(matching(rows, columns, state.words), columns, state.sort);
    const pages = Math.max(1, Math.ceil(found.length / ROWS));
    state.page = Math.min(Math.max(1, state.page), pages);
    const begin = (state.page - 1) * ROWS;
    const shown = found.slice(begin, begin + ROWS);
    show(head, columns.map((column) => heading(column, state, change)));
    show(body, shown.length ? shown.map((row) => line(row, columns)) : el("tr", {}, el("td", { colspan: columns.length, className: "empty" }, rows.length ? "Nothing matches the search." : empty)));
    status.textContent = told(found.length, rows.length, begin, shown.length, what);
    show(pager, pages > 1 && [turn("Previous", state.page - 1, pages, change), el("span", {}, `${state.page} / ${pages}`), turn("Next", state.page + 1, pages, change)]);
  }

  draw();
  return el(
    "div",
    { className: "listing" },
    el("div", { className: "tools" }, search && box, el("div", { className: "actions" }, actions)),
    el("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      el("table", {}, el("caption", { className: "unseen" }, caption), el("thead", {}, head), body, totals && rows.length > 0 && el("tfoot", {}, el("tr", {}, columns.map((column, place) => total(column, place, totals)))))),
    el("div", { className: "below" }, status, pager),
  );
}

function heading(column, state, change) {
  const isDown = state.sort === `-${column.key}`;
  const isUp = state.sort === column.key;
  const next = isUp || isDown ? (isDown ? column.key : `-${column.key}`) : column.number ? `-${column.key}` : column.key;
  return el(
    "th",
    { scope: "col", className: column.number ? "number" : "", "aria-sort": isUp ? "ascending" : isDown ? "descending" : null },
    el("button", { type: "button", className: "sort", "data-sort": column.key, onclick: (event) => {
      const table = event.currentTarget.closest("table");
      change({ sort: next, page: 1 });
      table.querySelector(`button[data-sort="${CSS.escape(column.key)}"]`).focus(); // its element was made anew
    } }, column.title, el("span", { className: "arrow", "aria-hidden": "true" }, isUp ? "▲" : isDown ? "▼" : "")),
  );
}

function line(row, columns) {
  return el("tr", {}, columns.map((column, place) =>
    el(place ? "td" : "th", { scope: place ? null : "row", className: [column.number && "number", column.wide && "wide", column.mono && "mono"].filter(Boolean).join(" ") }, text(column, row))));
}

function text(column, row) {
  return column.cell ? column.cell(row) : (row[column.key] ?? "–");
}

function total(column, place, totals) {
  return el(place ? "td" : "th", { scope: place ? null : "row", className: column.number ? "number" : "" }, place ? totals[column.key] ?? "" : "Total");
}

function matching(rows, columns, words) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!wanted.length) return rows;
  const texts = columns.filter((column) => !column.number);
  return rows.filter((row) => {
    const own = texts.map((column) => `${column.value ? column.value(row) ?? "" : row[column.key] ?? ""} ${column.also ? column.also(row) : ""}`).join(" ").toLowerCase();
    return wanted.every((word) => own.includes(word));
  });
}

function sorted(rows, columns, sort) {
  const column = columns.find((each) => each.key === sort.replace(/^-/, ""));
  if (!column) return rows;
  const value = column.value ?? ((row) => row[column.key]);
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((one, other) => sign * compare(value(one), value(other), sign));
}

// What is not known comes last, whichever way round.
function compare(one, other, sign) {
  if (one === other) return 0;
  if (one === null || one === undefined || one === "") return sign;
  if (other === null || other === undefined || other === "") return -sign;
  return typeof one === "number" && typeof other === "number" ? one - other : order.compare(one, other);
}

function told(found, all, begin, shown, what) {
  if (!found) return `0 of ${count(all, what)}`;
  const range = shown < found ? `${begin + 1}–${begin + shown} of ` : "";
  return `${range}${count(found, what)}${found < all ? `, of ${all}` : ""}`;
}

function turn(title, page, pages, change) {
  return el("button", { type: "button", disabled: page < 1 || page > pages, onclick: () => change({ page }) }, title);
}
