// Stacked bars over time. The canvas says nothing to who cannot see it, so its figures are in a table beside it.

import { add, el } from "./dom.js";
import { amount, compact } from "./format.js";

const COLOURS = 8;
const drawn = new Set();
const waiting = [];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const tone = (place, series) => (series.isRest ? "c-rest" : `c${(place % COLOURS) + 1}`);

// `times` are the labels, `series` are {name, values, isRest}, the largest first.
export function chart({ title, unit, times, series, heading }) {
  const canvas = el("canvas", { role: "img", "aria-label": `${title}, ${unit}: stacked bars. The same figures are in the table “Figures of the chart”.` });
  const box = el("div", { className: "chart" }, canvas);
  const legend = el("ul", { className: "legend" }, series.map((each, place) =>
    el("li", {}, el("span", { className: `swatch ${tone(place, each)}`, "aria-hidden": "true" }), each.name)));
  const figure = el("figure", {}, box, legend, figures(title, unit, times, series, heading));
  waiting.push(() => draw(canvas, unit, times, series));
  return figure;
}

// To be called when what `chart` made is on the page: only there has a canvas a size.
export function drawCharts() {
  forget();
  waiting.splice(0).forEach((each) => each());
}

function draw(canvas, unit, times, series) {
  if (!canvas.isConnected) return;
  const text = colour("muted");
  const grid = colour("line");
  const made = new window.Chart(canvas, {
    type: "bar",
    data: {
      labels: times,
      datasets: series.map((each, place) => ({
        label: each.name,
        data: each.values,
        backgroundColor: colour(tone(place, each)),
        borderColor: colour("surface"),
        borderWidth: { top: 1 },
        borderSkipped: false,
        maxBarThickness: 56,
        categoryPercentage: 0.86,
        barPercentage: 0.96,
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked: true, grid: { display: false }, border: { color: grid }, ticks: { color: text, maxRotation: 0, autoSkipPadding: 12 } },
        y: { stacked: true, beginAtZero: true, border: { display: false }, grid: { color: grid }, ticks: { color: text, maxTicksLimit: 6, callback: (value) => compact(value) }, title: { display: true, text: unit, color: text } },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          itemSort: (one, other) => other.parsed.y - one.parsed.y,
          filter: (item) => item.parsed.y > 0,
          callbacks: {
            label: (item) => ` ${item.dataset.label}: ${amount(item.parsed.y)}`,
            footer: (items) => `Total: ${amount(items.reduce((sum, item) => sum + item.parsed.y, 0))} ${unit}`,
          },
        },
      },
    },
  });
  drawn.add({ made, canvas, again: () => draw(canvas, unit, times, series) });
}

// Charts that are no longer on the page.
function forget() {
  for (const each of drawn) {
    if (each.canvas.isConnected) continue;
    each.made.destroy();
    drawn.delete(each);
  }
}

function redraw() {
  for (const each of [...drawn]) {
    each.made.destroy();
    drawn.delete(each);
    each.again();
  }
}

window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

function figures(title, unit, times, series, heading) {
  const box = el("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": `Figures of the chart: ${title}` });
  const details = el("details", { className: "figures" }, el("summary", {}, "Figures of the chart"), box);
  const fill = () => {
    if (!details.open || box.firstChild) return;
    add(box, [el(
      "table",
      {},
      el("caption", {}, `${title}, ${unit}`),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, heading), series.map((each) => el("th", { scope: "col", className: "number" }, each.name)))),
      el("tbody", {}, times.map((label, place) =>
        el("tr", {}, el("th", { scope: "row" }, label), series.map((each) => el("td", { className: "number" }, amount(each.values[place])))))),
    )]);
  };
  details.addEventListener("toggle", fill);
  return details;
}
