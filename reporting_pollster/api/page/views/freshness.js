// How old what is told is, and what of the sources could not be loaded.

import { get } from "../api.js";
import { card, el } from "../dom.js";
import { duration, number, time } from "../format.js";
import { table } from "../table.js";

const TONES = { fresh: "good", loading: "calm", stale: "bad", "not configured": "calm" };

export async function freshness({ session, signal }) {
  const seesAll = session.reads === "everything";
  const [status, problems] = await Promise.all([
    get("v2/status", {}, signal),
    seesAll ? get("v2/quarantine", { limit: 1000 }, signal) : null,
  ]);
  const stale = status.rows.filter((row) => row.stale).length;
  return [
    el("div", { className: "title" }, el("h1", {}, "Freshness"), el("p", { className: "muted" }, `${time(status.now)} UTC by the clock of the reporting database`)),
    el("p", { className: `notice ${stale ? "bad" : "good"}` }, stale ? `${stale} of ${status.rows.length} sources are stale.` : "Every source is fresh."),
    card("Sources", sources(status, seesAll)),
    problems && card("Quarantine", el("p", { className: "muted" }, "Rows of the sources that could not be loaded as they are, and messages that made no sense."), quarantine(problems)),
  ];
}

function sources(status, seesAll) {
  const own = seesAll
    ? [
        { key: "rows", title: "Rows", number: true, cell: (row) => number(row.rows) },
        { key: "quarantined", title: "Problems", number: true, cell: (row) => number(row.quarantined) },
        { key: "run_outcome", title: "Last run", cell: (row) => row.run_outcome ?? "–" },
        { key: "problem", title: "Why it is stale", wide: true },
      ]
    : [];
  return table({
    caption: "Freshness of the sources",
    sort: "",
    what: "source",
    columns: [
      { key: "table", title: "Table" },
      ...(seesAll ? [{ key: "source", title: "Source" }] : []),
      { key: "state", title: "State", cell: (row) => el("span", { className: `badge ${TONES[row.state] ?? "calm"}` }, row.state) },
      { key: "behind_seconds", title: "Age", number: true, cell: (row) => duration(row.behind_seconds) },
      { key: "succeeded_at", title: "Last read (UTC)", cell: (row) => time(row.succeeded_at) },
      ...own,
    ],
    rows: status.rows,
  });
}

function quarantine(answer) {
  return table({
    caption: "Quarantine",
    prefix: "z",
    what: "problem",
    sort: "-last_seen",
    empty: "Nothing is in quarantine.",
    columns: [
      { key: "table", title: "Table" },
      { key: "source", title: "Source" },
      { key: "key", title: "Key", mono: true },
      { key: "column", title: "Column", cell: (row) => row.column || "(whole row)" },
      { key: "reason", title: "What is wrong", wide: true },
      { key: "action", title: "What was done" },
      { key: "last_seen", title: "Last met (UTC)", cell: (row) => time(row.last_seen) },
      { key: "raw", title: "As it was read", cell: (row) => el("details", {}, el("summary", {}, "Show"), el("pre", {}, row.raw)) },
    ],
    rows: answer.rows,
  });
}
