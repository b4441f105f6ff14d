// One resource: its periods, how each boundary is known, and the explanation of what was counted.

import { get } from "../api.js";
import { card, el } from "../dom.js";
import { amount, duration, hours, isAmount, number, time as shown } from "../format.js";
import { KINDS, titleOf } from "../kinds.js";
import { span, spanControl, spanWords } from "../span.js";
import { address, asked } from "../state.js";
import { table } from "../table.js";
import { crumbs } from "./project.js";
import { notes } from "./usage.js";

export async function resource({ signal }) {
  const kind = KINDS.some(([each]) => each === asked("kind")) ? asked("kind") : "instance";
  const [id, project] = [asked("id"), asked("project")];
  const time = span();
  const words = { from: time.from, to: time.to };
  const [periods, why, about] = await Promise.all([
    get(`v2/periods/${kind}`, { resource: id, limit: 1000 }, signal),
    get("v2/explain/usage", { ...words, project, resource: id }, signal),
    get(`v2/projects/${encodeURIComponent(project)}`, {}, signal).catch((trouble) => (trouble.kind === "missing" ? { id: project } : Promise.reject(trouble))),
  ]);
  const name = asked("name") || id;
  return [
    crumbs([about.name || project, address({ view: "project", project, kind: kind === "instance" ? "" : kind, ...spanWords() }, false)]),
    el("div", { className: "title" }, el("h1", {}, name), el("p", { className: "muted" }, `${titleOf(KINDS, kind).replace(/s$/, "")} · ${id}`)),
    card("Periods", periods.rows.length ? [timeline(periods.rows), listing(periods, name)] : el("p", { className: "empty" }, "No period of it is known.")),
    card("Why it counts what it counts",
      el("form", { className: "controls", onsubmit: (event) => event.preventDefault() }, spanControl(time)),
      explanation(why, time)),
    notes(why.notes ?? []),
  ];
}

// Periods side by side, as long as they lasted; where it was of no use to anybody it is hatched.
function timeline(rows) {
  const begin = Date.parse(rows[0].valid_from);
  const end = Math.max(...rows.map((row) => (row.valid_to ? Date.parse(row.valid_to) : Date.now())));
  const states = [...new Set(rows.filter((row) => row.in_use).map((row) => row.state))];
  const bar = el("div", { className: "timeline", role: "img", "aria-label": `Timeline from ${shown(rows[0].valid_from)} to ${rows.at(-1).valid_to ? shown(rows.at(-1).valid_to) : "now"}; the table below has its periods` },
    rows.map((row) => {
      const [from, to] = [Date.parse(row.valid_from), row.valid_to ? Date.parse(row.valid_to) : end];
      const part = el("span", { className: row.in_use ? `c${(states.indexOf(row.state) % 8) + 1}` : "unused", title: `${row.state}: ${shown(row.valid_from)} to ${row.valid_to ? shown(row.valid_to) : "now"}` });
      part.style.left = `${(100 * (from - begin)) / Math.max(1, end - begin)}%`;
      part.style.width = `${(100 * (to - from)) / Math.max(1, end - begin)}%`;
      return part;
    }));
  const legend = el("ul", { className: "legend" },
    states.map((state, place) => el("li", {}, el("span", { className: `swatch c${(place % 8) + 1}`, "aria-hidden": "true" }), state)),
    rows.some((row) => !row.in_use) && el("li", {}, el("span", { className: "swatch unused", "aria-hidden": "true" }), "not counted as use"));
  return [bar, el("div", { className: "ends" }, el("span", {}, shown(rows[0].valid_from)), el("span", {}, rows.at(-1).valid_to ? shown(rows.at(-1).valid_to) : "goes on")), legend];
}

const SIZES = {
  flavour_name: "Flavour",
  vcpus: "vCPUs",
  memory: "Memory, MB",
  size: "Size, GB",
  availability_zone: "Zone",
  host: "Host",
};

function listing(answer, name) {
  const known = new Set(answer.columns.map((column) => column.name));
  const filled = Object.entries(SIZES).filter(([key]) => known.has(key) && answer.rows.some((row) => row[key] !== null));
  const boundary = (at, origin, none) => (row) => (row[at] ? [shown(row[at]), el("small", { className: "origin" }, describedOrigin(row, at, origin))] : none);
  return table({
    caption: `Periods of ${name}`,
    prefix: "p",
    what: "period",
    search: answer.rows.length > 10,
    sort: "valid_from",
    columns: [
      { key: "valid_from", title: "From (UTC)", cell: boundary("valid_from", "valid_from_origin", "–") },
      { key: "valid_to", title: "To (UTC)", value: (row) => row.valid_to ?? "9999", cell: boundary("valid_to", "valid_to_origin", "goes on") },
      { key: "lasted", title: "Lasted", number: true, value: (row) => lasted(row), cell: (row) => (row.valid_to ? duration(lasted(row)) : "–") },
      { key: "state", title: "State", cell: (row) => [row.state, !row.in_use && el("small", { className: "origin" }, "not counted")] },
      ...filled.map(([key, title]) => ofSize(key, title, answer.rows)),
    ],
    rows: answer.rows,
  });
}

function ofSize(key, title, rows) {
  const isNumber = rows.some((row) => typeof row[key] === "number");
  return { key, title, number: isNumber, cell: (row) => (isNumber ? number(row[key]) : row[key] ?? "–") };
}

const lasted = (row) => ((row.valid_to ? Date.parse(row.valid_to) : Date.now()) - Date.parse(row.valid_from)) / 1000;

// Where a boundary comes from, and between which times it lies when it is estimated.
function describedOrigin(row, at, origin) {
  const [least, most] = [row[`${at}_earliest`], row[`${at}_latest`]];
  const between = least && most && least !== most ? `, between ${shown(least)} and ${shown(most)}` : "";
  return `${row[origin] ?? ""}${between}`;
}

function explanation(answer, time) {
  const filled = answer.columns.filter((column) => isAmount(column) && answer.rows.some((row) => row[column.name]));
  return table({
    caption: `What was counted, ${time.title}`,
    prefix: "w",
    what: "part",
    search: false,
    sort: "from",
    empty: "Nothing of it was counted in this time.",
    columns: [
      { key: "from", title: "From (UTC)", cell: (row) => [shown(row.from), el("small", { className: "origin" }, row.began)], wide: true },
      { key: "to", title: "To (UTC)", cell: (row) => [shown(row.to), el("small", { className: "origin" }, row.ended)], wide: true },
      { key: "state", title: "State" },
      { key: "type", title: "Type" },
      ...filled.map((column) => ({ key: column.name, title: column.title, number: true, cell: (row) => amount(hours(row[column.name] ?? 0, column.unit)) })),
    ],
    rows: answer.rows,
    totals: Object.fromEntries(filled.map((column) => [column.name, amount(hours(answer.rows.reduce((sum, row) => sum + (row[column.name] ?? 0), 0), column.unit))])),
  });
}
