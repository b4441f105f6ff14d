// What the cloud has and what is taken of it, and what projects may have.

import { get } from "../api.js";
import { card, el, field, segments, select } from "../dom.js";
import { number } from "../format.js";
import { address, asked, go } from "../state.js";
import { table } from "../table.js";

const BY = [["zone", "Zone"], ["hypervisor", "Hypervisor"], ["aggregate", "Aggregate"]];
const SIZES = [["vcpus", "vCPUs", ""], ["memory_mb", "Memory", "GB"], ["disk_gb", "Disk", "GB"]];
const LEAST = [["0", "All"], ["50", "50 % or more"], ["80", "80 % or more"], ["100", "Full"]];

export async function capacity({ session, signal }) {
  const by = BY.some(([each]) => each === asked("by")) ? asked("by") : "zone";
  const least = LEAST.some(([each]) => each === asked("least")) ? asked("least") : "0";
  const [space, quota] = await Promise.all([
    session.reads === "everything" ? get("v2/capacity", { by }, signal) : null,
    get("v2/quota", { percent: least === "0" ? "" : least }, signal),
  ]);
  return [
    el("div", { className: "title" }, el("h1", {}, "Capacity and quota"), el("p", { className: "muted" }, "As the sources were last read")),
    space && card("Capacity",
      segments("By", "by", BY, by, (value) => go({ by: value === "zone" ? "" : value, csort: "", cq: "", cpage: "" })),
      hosts(space, by)),
    card("Quota", el("form", { className: "controls", onsubmit: (event) => event.preventDefault() }, field("Used", select("least", LEAST, least, (value) => go({ least: value === "0" ? "" : value, page: "" })))), limits(quota)),
    !space && el("p", { className: "muted" }, "Capacity is shown to accounts that see the whole cloud."),
  ];
}

function hosts(answer, by) {
  const share = (name) => (row) => (row[`${name}_capacity`] > 0 ? row[`${name}_allocated`] / row[`${name}_capacity`] : null);
  const scale = (unit, name) => (unit === "GB" && name.endsWith("_mb") ? 1024 : 1);
  return [table({
    caption: `Capacity by ${by}`,
    prefix: "c",
    what: by,
    sort: by,
    search: answer.rows.length > 10,
    columns: [
      { key: by, title: by === "zone" ? "Zone" : by === "aggregate" ? "Aggregate" : "Hypervisor", cell: (row) => row[by] || "(none)" },
      { key: "hosts", title: "Hosts", number: true, cell: (row) => number(row.hosts) },
      { key: "instances", title: "Instances", number: true, cell: (row) => number(row.instances) },
      ...SIZES.map(([name, title, unit]) => ({
        key: name,
        title: `${title}${unit && `, ${unit}`}`,
        number: true,
        value: share(name),
        cell: (row) => bar(row[`${name}_allocated`] / scale(unit, name), row[`${name}_capacity`] / scale(unit, name)),
      })),
    ],
    rows: answer.rows,
  }), el("ul", { className: "notes" }, ["Allocated of what there is with overcommit.", ...answer.notes].map((text) => el("li", {}, text)))];
}

function limits(answer) {
  return table({
    caption: "Quota and use of projects",
    what: "row",
    sort: "-used_percent",
    columns: [
      { key: "project", title: "Project", value: (row) => row.project || row.project_id, also: (row) => row.project_id, cell: (row) => el("a", { href: address({ view: "project", project: row.project_id }, false), "data-inside": true, title: row.project_id }, row.project || row.project_id) },
      { key: "resource", title: "Resource", cell: (row) => `${row.resource}${row.unit && `, ${row.unit}`}` },
      { key: "used_percent", title: "Used", number: true, cell: (row) => (row.quota === -1 ? `${number(row.used)} of unlimited` : bar(row.used, row.quota)) },
      { key: "free", title: "Free", number: true, cell: (row) => number(row.free) },
    ],
    rows: answer.rows,
    empty: "No project has used that much.",
  });
}

// A share as a bar, with its figures in words.
function bar(used, whole) {
  const percent = whole > 0 ? (100 * used) / whole : used > 0 ? 100 : 0;
  const full = el("span", { className: percent >= 100 ? "full over" : percent >= 80 ? "full high" : "full" });
  full.style.width = `${Math.min(100, percent)}%`;
  return el("span", { className: "share" }, el("span", { className: "figures-of" }, `${number(used)} of ${number(whole)}`), el("span", { className: "bar", "aria-hidden": "true" }, full), el("span", { className: "percent" }, whole > 0 ? `${Math.floor(percent)} %` : "–"));
}
