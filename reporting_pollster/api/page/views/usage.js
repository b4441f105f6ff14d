// Usage over time, and who or what it is of.

import { get, path } from "../api.js";
import { chart } from "../chart.js";
import { columnOf, sum, totalsOf } from "../columns.js";
import { card, el, field, segments, select } from "../dom.js";
import { amount, compact, day, hours, month } from "../format.js";
import { amountsBy, titleOf } from "../kinds.js";
import { span, spanControl, spanWords } from "../span.js";
import { address, asked, go } from "../state.js";
import { table } from "../table.js";

const BY = [["project", "Project"], ["flavour", "Flavour"], ["zone", "Zone"]];
const SERIES = 8;
const UNKNOWN = { project: "(no project)", flavour: "(none)", zone: "(no zone)" };

export async function usage({ signal }) {
  const by = titleOf(BY, asked("by")) && BY.some(([each]) => each === asked("by")) ? asked("by") : "project";
  const amounts = amountsBy(by);
  const of = amounts.find(([name]) => name === asked("of")) ?? amounts[0];
  const time = span();
  const words = { from: time.from, to: time.to };
  const [rows, course] = await Promise.all([
    get("v2/usage", { ...words, by }, signal),
    get("v2/reports/usage-over-time", { ...words, by: `${by}-${time.step}`, top: SERIES }, signal),
  ]);
  return [
    el("div", { className: "title" }, el("h1", {}, "Usage"), el("p", { className: "muted" }, time.title)),
    controls(by, amounts, of, time),
    tiles(rows),
    card(`${of[1]} by ${by}`, course.rows.length ? drawn(course, by, of, time) : el("p", { className: "empty" }, "Nothing was used in this time.")),
    card(`By ${by}`, listing(rows, by, of, words)),
    notes(rows.notes),
  ];
}

export function notes(texts) {
  return texts.length > 0 && el("ul", { className: "notes" }, texts.map((text) => el("li", {}, text)));
}

function controls(by, amounts, of, time) {
  return el("form", { className: "controls", onsubmit: (event) => event.preventDefault() },
    segments("By", "by", BY, by, (value) => go({ by: value === "project" ? "" : value, sort: "", q: "", page: "" })),
    field("Of", select("of", amounts, of[0], (value) => go({ of: value, sort: "" }))),
    spanControl(time));
}

const TILES = ["instance_seconds", "vcpu_seconds", "memory_mb_seconds", "volume_gb_seconds"];

export function tiles(answer) {
  return el("dl", { className: "tiles" }, TILES.map((name) => {
    const column = answer.columns.find((each) => each.name === name);
    const whole = sum(answer.rows, column);
    return el("div", {}, el("dt", {}, column.title), el("dd", { title: amount(whole) }, whole < 100_000 ? amount(whole) : compact(whole)));
  }));
}

function drawn(course, by, [name, title, unit], time) {
  const column = course.columns.find((each) => each.name === name);
  const key = by === "project" ? "project_id" : by;
  const names = new Map();
  const added = new Map();
  for (const row of course.rows) {
    const own = row.others ? null : row[key];
    names.set(own, own === null ? "All others" : (by === "project" ? row.project || row.project_id : own) || UNKNOWN[by]);
    if (!added.has(own)) added.set(own, new Map());
    added.get(own).set(row[time.step], hours(row[name], column.unit));
  }
  const times = steps(time);
  const label = time.step === "month" ? month : (text) => text.slice(5);
  return chart({ title: `${title} by ${by}`, unit, times: times.map(label), series: largest(added, names, times), heading: time.step === "month" ? "Month" : "Day" });
}

// All days or months of the span, also those without any use.
export function steps(time) {
  const found = [];
  const end = [time.to, day(new Date(Date.now() + 86_400_000))].sort()[0]; // what is to come has no bars
  for (let at = new Date(`${time.from}T00:00:00Z`); at.toISOString().slice(0, 10) < end;) {
    found.push(at.toISOString().slice(0, time.step === "month" ? 7 : 10));
    at = time.step === "month" ? new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)) : new Date(at.getTime() + 86_400_000);
  }
  return found;
}

function largest(added, names, times) {
  const whole = (own) => [...added.get(own).values()].reduce((sum_, value) => sum_ + value, 0);
  const order = [...added.keys()].filter((own) => own !== null && whole(own) > 0).sort((one, other) => whole(other) - whole(one));
  const series = order.slice(0, SERIES).map((own) => ({ name: names.get(own), values: times.map((time) => added.get(own).get(time) ?? 0) }));
  const rest = [null, ...order.slice(SERIES)].filter((own) => added.has(own));
  const values = times.map((time) => rest.reduce((sum_, own) => sum_ + (added.get(own).get(time) ?? 0), 0));
  return values.some((value) => value > 0) ? [...series, { name: "All others", values, isRest: true }] : series;
}

function listing(answer, by, of, words) {
  const first = by === "project"
    ? { key: "project", title: "Project", value: (row) => row.project || row.project_id, also: (row) => row.project_id, cell: (row) => ofProject(row) }
    : { key: by, title: titleOf(BY, by), cell: (row) => row[by] || UNKNOWN[by] };
  const others = answer.columns.filter((column) => column.type === "integer" && (by !== "flavour" || amountsBy(by).some(([name]) => name === column.name)));
  const ordered = [...others.filter((column) => column.name === of[0]), ...others.filter((column) => column.name !== of[0])];
  const domain = by === "project" && [{ key: "domain", title: "Domain" }];
  const file = (format) => ({ href: path("v2/usage", { ...words, by, format }), download: `usage-by-${by}_${words.from}_${words.to}.${format}` });
  return table({
    caption: `Usage by ${by}`,
    columns: [first, ...(domain || []), ...ordered.map((column) => columnOf(column))],
    rows: answer.rows,
    totals: totalsOf(others, answer.rows),
    sort: `-${of[0]}`,
    what: by,
    empty: "Nothing was used in this time.",
    actions: [el("a", { className: "button", ...file("csv") }, "CSV"), el("a", { className: "button", ...file("parquet") }, "Parquet")],
  });
}

function ofProject(row) {
  if (!row.project_id) return UNKNOWN.project;
  return el("a", { href: address({ view: "project", project: row.project_id, ...spanWords() }, false), "data-inside": true, title: row.project_id }, row.project || row.project_id);
}
