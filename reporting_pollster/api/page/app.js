// Puts the page together: who is signed in, which view the address asks for, and what to do when there is trouble.

import { Trouble, change, get, useSession } from "./api.js";
import { drawCharts } from "./chart.js";
import { el, say, show } from "./dom.js";
import { duration, time } from "./format.js";
import { signIn } from "./sign_in.js";
import { address, asked, go, onNavigation } from "./state.js";
import { capacity } from "./views/capacity.js";
import { freshness } from "./views/freshness.js";
import { project } from "./views/project.js";
import { resource } from "./views/resource.js";
import { usage } from "./views/usage.js";

const VIEWS = {
  usage: { title: "Usage", draw: usage, inNavigation: true },
  project: { title: "Project", draw: project, of: "usage" },
  resource: { title: "Resource", draw: resource, of: "usage" },
  capacity: { title: "Capacity and quota", draw: capacity, inNavigation: true },
  freshness: { title: "Freshness", draw: freshness, inNavigation: true },
};
const RETRY_SECONDS = 10;
const main = document.getElementById("main");
let session = { signed_in: false, methods: [] };
let current = new AbortController();
let retry = 0;

async function start() {
  onNavigation(draw);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault(); // an address of its own would lose what is shown
    main.focus();
  });
  window.addEventListener("online", () => retry && draw());
  await begin();
}

async function begin() {
  try {
    session = await get("session");
  } catch (trouble) {
    return inTrouble(trouble, begin);
  }
  useSession(session);
  return draw();
}

async function draw({ isNewPlace = false } = {}) {
  clearTimeout(retry);
  retry = 0;
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const name = asked("view", "usage") in VIEWS ? asked("view", "usage") : "usage";
  frame(name);
  if (!session.signed_in) return signInHere();
  document.title = `${VIEWS[name].title} · Reporting`;
  main.setAttribute("aria-busy", "true");
  if (isNewPlace || !main.querySelector(`[data-view="${name}"]`)) waiting(name);
  try {
    const content = await VIEWS[name].draw({ session, signal });
    if (signal.aborted) return undefined;
    keepingFocus(() => show(main, el("div", { "data-view": name }, content)));
    drawCharts();
    if (isNewPlace) arrived();
    else say(`${VIEWS[name].title}: up to date`);
    freshLine(signal);
  } catch (trouble) {
    if (!signal.aborted) inTrouble(trouble, draw);
  } finally {
    if (!signal.aborted) main.removeAttribute("aria-busy");
  }
  return undefined;
}

// A control that made the view anew keeps the focus.
function keepingFocus(change) {
  const { name, value, type } = document.activeElement ?? {};
  change();
  if (!name) return;
  const again = [...main.querySelectorAll("[name]")].find((each) => each.name === name && (type !== "radio" || each.value === value));
  again?.focus({ preventScroll: true });
}

function arrived() {
  window.scrollTo(0, 0);
  main.querySelector("h1")?.setAttribute("tabindex", "-1");
  main.querySelector("h1")?.focus({ preventScroll: true });
}

function waiting(name) {
  show(main, el("div", { "data-view": name, className: "waiting" }, el("h1", {}, VIEWS[name].title),
    el("p", { className: "unseen" }, "Loading"), el("div", { className: "bone low" }), el("div", { className: "bone high" }), el("div", { className: "bone" })));
}

function frame(name) {
  const active = VIEWS[name].of ?? name;
  show(document.getElementById("nav"), session.signed_in && Object.entries(VIEWS)
    .filter(([, view]) => view.inNavigation)
    .map(([each, view]) => el("a", { href: address({ view: each === "usage" ? "" : each }, false), "data-inside": true, "aria-current": each === active ? "page" : null }, view.title)));
  show(document.getElementById("who"), session.signed_in && [
    el("span", { className: "name" }, described()),
    el("button", { type: "button", className: "quiet", onclick: leave }, "Sign out"),
  ]);
}

function described() {
  if (session.kind === "private_key") return "Private key";
  const scope = session.reads === "everything" ? "all projects" : session.reads === "domain" ? "one domain" : session.project?.name;
  return [session.user, scope].filter(Boolean).join(" · ");
}

function signInHere(message) {
  document.title = "Sign in · Reporting";
  document.getElementById("foot").textContent = "All times are UTC.";
  main.removeAttribute("aria-busy");
  show(main, signIn({ methods: session.methods, message, onDone: (begun) => {
    session = begun;
    useSession(session);
    say("Signed in");
    draw({ isNewPlace: true });
  } }));
  main.querySelector("input:not([type=radio])")?.focus();
}

async function leave() {
  try {
    await change("DELETE", "session");
  } catch (trouble) {
    if (trouble.kind !== "forbidden") return inTrouble(trouble, leave);
  }
  session = { signed_in: false, methods: session.methods };
  go({}, false);
  return undefined;
}

function inTrouble(trouble, again) {
  if (!(trouble instanceof Trouble)) console.error(trouble);
  if (trouble.kind === "signed-out") {
    session = { ...session, signed_in: false };
    frame("usage");
    return signInHere("Your session has ended. Sign in to go on where you were.");
  }
  const [title, text, isPassing] = explained(trouble);
  const button = el("button", { type: "button", className: "strong", onclick: () => again() }, "Try again");
  show(main, el("section", { className: "card trouble", role: "alert" }, el("h1", {}, title), el("p", {}, text),
    isPassing && el("p", { className: "muted" }, `Trying again every ${RETRY_SECONDS} seconds.`), trouble.kind !== "forbidden" && button));
  main.removeAttribute("aria-busy");
  if (isPassing) retry = setTimeout(() => again(), RETRY_SECONDS * 1000);
  return undefined;
}

function explained(trouble) {
  switch (trouble.kind) {
    case "offline": return ["No connection", "The server does not answer. Your network may be down, or the service is being restarted.", true];
    case "away": return trouble.status === 503 || trouble.status === 0
      ? ["Not available at the moment", capital(trouble.detail || trouble.message || "The reporting database is not available."), true]
      : ["Something went wrong", "The server could not answer. Its log says why.", false];
    case "forbidden": return ["Not for this account", capital(trouble.message || "This account may not see this."), false];
    case "missing": return ["Not found", capital(trouble.message || "There is no such thing, or it is not for this account."), false];
    case "refused": return ["Not possible", capital(trouble.message), false];
    default: return ["Something went wrong", "The page met an error of its own; the browser's console has it.", false];
  }
}

function capital(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

async function freshLine(signal) {
  const foot = document.getElementById("foot");
  try {
    const status = await get("v2/status", {}, signal);
    const read = status.rows.map((row) => row.succeeded_at).filter(Boolean).sort();
    const stale = status.rows.filter((row) => row.stale).length;
    const oldest = read.length ? (Date.parse(status.now) - Date.parse(read[0])) / 1000 : null;
    show(foot, "All times are UTC. ", oldest === null ? "No source was read yet." : `Sources were last read at ${time(read.at(-1))}, the oldest ${duration(oldest)} ago.`,
      stale > 0 && [" ", el("a", { href: address({ view: "freshness" }, false), "data-inside": true, className: "warn" }, `${stale} of ${status.rows.length} are stale.`)]);
  } catch { /* the views tell of trouble */ }
}

start();
