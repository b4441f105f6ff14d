// The time span that is asked for, its control, and what it is in words of the API. People name the last day, included.

import { el, field, select } from "./dom.js";
import { day } from "./format.js";
import { asked, go } from "./state.js";

const DAY = 86_400_000;
const RANGES = [["month", "This month"], ["last-month", "Last month"], ["year", "Last 12 months"], ["custom", "From … to …"]];

const firstOf = (date, months = 0) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1));

// {from, to, step, range, title}: from and to as the API has them, `to` exclusive; this month until now has neither.
export function span(now = new Date()) {
  const range = asked("range", "month");
  if (range === "last-month") return whole(firstOf(now, -1), firstOf(now), range);
  if (range === "year") return { ...whole(firstOf(now, -11), firstOf(now, 1), range), step: "month" };
  const [from, to] = [date(asked("from")), date(asked("to"))];
  if (range === "custom" && from && to && from <= to) {
    const end = new Date(to.getTime() + DAY);
    return { ...whole(from, end, range), step: end - from > 92 * DAY ? "month" : "day" };
  }
  return whole(firstOf(now), firstOf(now, 1), "month");
}

function whole(begin, end, range) {
  return { from: day(begin), to: day(end), step: "day", range, title: `${day(begin)} to ${day(new Date(end - 1))}` };
}

function date(text) {
  const found = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return found && !Number.isNaN(found.getTime()) ? found : null;
}

export function spanControl(chosen) {
  const last = day(new Date(Date.parse(chosen.to) - DAY));
  const change = (range) => go({ range: range === "month" ? "" : range, from: range === "custom" ? chosen.from : "", to: range === "custom" ? last : "", page: "" });
  const input = (name, value) => el("input", { type: "date", name, value, required: true, onchange: (event) => {
    if (event.target.value) go({ range: "custom", from: chosen.from, to: last, [name]: event.target.value, page: "" });
  } });
  return [
    field("Time (UTC)", select("range", RANGES, chosen.range, change)),
    chosen.range === "custom" && [field("From", input("from", chosen.from)), field("To, included", input("to", last))],
  ];
}

// What of it goes along to another view.
export function spanWords() {
  return { range: asked("range"), from: asked("from"), to: asked("to") };
}
