// One project: what it used, and the resources that this was.

import { get, path } from "../api.js";
import { chart } from "../chart.js";
import { columnOf } from "../columns.js";
import { card, el, field, segments, select } from "../dom.js";
import { bytes, hours, month, time as shown } from "../format.js";
import { AMOUNTS, KINDS, titleOf } from "../kinds.js";
import { span, spanControl, spanWords } from "../span.js";
import { address, asked, go } from "../state.js";
import { table } from "../table.js";
import { notes, steps, tiles } from "./usage.js";

const PAGE = 1000;

export async function project({ signal }) {
  const id = asked("project");
  const kind = KINDS.some(([each]) => each === asked("kind")) ? asked("kind") : "instance";
  const of = AMOUNTS.find(([name]) => name === asked("of")) ?? AMOUNTS[0];
  const time = span();
  const words = { from: time.from, to: time.to };
  const [about, whole, course, resources] = await Promise.all([
    get(`v2/projects/${encodeURIComponent(id)}`, {}, signal).catch((trouble) => (trouble.kind === "missing" ? { id } : Promise.reject(trouble))),
    get("v2/usage", { ...words, by: "project", project: id }, signal),
    get("v2/usage", { ...words, by: time.step, project: id }, signal),
    get(`v2/resources/${kind}`, { ...words, project: id, limit: PAGE }, signal),
  ]);
  const name = about.name || id;
  return [
    crumbs(),
    el("div", { className: "title" }, el("h1", {}, name), el("p", { className: "muted" }, [about.domain, about.active === false ? "no longer in keystone" : null, id].filter(Boolean).join(" · "))),
    el("form", { className: "controls", onsubmit: (event) => event.preventDefault() },
      field("Of", select("of", AMOUNTS, of[0], (value) => go({ of: value }))),
      spanControl(time)),
    tiles(whole),
    card(of[1], course.rows.length ? drawn(course, of, time) : el("p", { className: "empty" }, "Nothing was used in this time.")),
    card("Resources",
      segments("Kind", "kind", KINDS, kind, (value) => go({ kind: value === "instance" ? "" : value, sort: "", q: "", page: "" })),
      listing(resources, kind, id, words, name)),
    notes(whole.notes),
  ];
}

export function crumbs(...places) {
  return el("nav", { "aria-label": "Where this is", className: "crumbs" }, el("ol", {},
    el("li", {}, el("a", { href: address(spanWords(), false), "data-inside": true }, "Usage")),
    places.map(([title, href]) => el("li", {}, el("a", { href, "data-inside": true }, title)))));
}

function drawn(course, [name, title, unit], time) {
  const column = course.columns.find((each) => each.name === name);
  const label = time.step === "month" ? month : (text) => text.slice(5);
  const used = new Map(course.rows.map((row) => [row[time.step], hours(row[name], column.unit)]));
  const times = steps(time);
  const series = [{ name: title, values: times.map((each) => used.get(each) ?? 0) }];
  return chart({ title, unit, times: times.map(label), series, heading: time.step === "month" ? "Month" : "Day" });
}

const OWN = {
  name: (id) => ({ title: "Name", cell: (row) => el("a", { href: address({ view: "resource", kind: id.kind, id: row.id, name: row.name, project: id.project, ...spanWords() }, false), "data-inside": true, title: row.id }, row.name || row.id), value: (row) => row.name || row.id, also: (row) => row.id }),
  created: () => ({ title: "Created (UTC)" }),
  deleted: () => ({ title: "Deleted (UTC)", cell: (row) => shown(row.deleted) }),
};
const LEFT_OUT = new Set(["id", "project_id", "user_id", "image_id", "volume_type", "active"]);

function listing(answer, kind, project_, words, name) {
  const columns = answer.columns.filter((column) => !LEFT_OUT.has(column.name)).map((told) => {
    const changes = OWN[told.name]?.({ kind, project: project_ }) ?? {};
    if (told.unit === "bytes") return { key: told.name, title: told.title, number: true, cell: (row) => bytes(row[told.name]) };
    if (told.name === "state") changes.title = "State";
    if (told.name.endsWith("_id")) changes.mono = true;
    if (told.unit && told.type === "integer") changes.title = `${told.title}, ${told.unit}`;
    return columnOf(told, changes);
  });
  const one = titleOf(KINDS, kind).replace(/s$/, "").replace("IP", "IP");
  const more = answer.links.next && el("p", { className: "notice" }, `Only the first ${PAGE.toLocaleString("en")} are shown and searched; the download of the report has all.`);
  const all = (format) => ({ href: path(`v2/reports/${kind}s`, { ...words, project: project_, format }), download: `${kind}s-of-${name.replace(/[^\w.-]+/g, "_")}_${words.from}_${words.to}.${format}` });
  const files = ["instance", "volume"].includes(kind) ? [el("a", { className: "button", ...all("csv") }, "CSV"), el("a", { className: "button", ...all("parquet") }, "Parquet")] : [];
  return [more, table({ caption: `${titleOf(KINDS, kind)} of ${name}`, columns, rows: answer.rows, sort: "-created", what: one.charAt(0) === "F" ? "floating IP" : one.toLowerCase(), empty: "There were none in this time.", actions: files })];
}
