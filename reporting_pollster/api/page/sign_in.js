// Signing in: with a name and a password of keystone, a token, or the private key. Afterwards one is where one was.

import { change } from "./api.js";
import { el, field, segments, select, show } from "./dom.js";

const TITLES = { password: "Password", token: "Token", private_key: "Private key" };
const SCOPES = [["", "Choose for me"], ["project", "A project"], ["domain", "A domain"], ["system", "The whole cloud"]];

export function signIn({ methods, message, onDone }) {
  let method = methods[0] ?? "token";
  let scope = "";
  let places = null;
  const error = el("p", { className: "error", role: "alert" });
  const fields = el("div", { className: "fields" });
  const button = el("button", { type: "submit", className: "strong" }, "Sign in");
  const form = el("form", { className: "card sign-in", onsubmit: submit, autocomplete: "on" },
    el("h1", {}, "Sign in"), message && el("p", { className: "notice" }, message),
    methods.length > 1 && segments("With", "method", methods.map((each) => [each, TITLES[each]]), method, (chosen) => {
      method = chosen;
      places = null;
      fill();
    }), fields, error, button);

  function fill() {
    error.textContent = "";
    show(fields, method === "password" ? ofPassword() : ofToken());
  }

  function ofToken() {
    const isKey = method === "private_key";
    return field(isKey ? "Private key" : "Token of keystone", el("input", { type: "password", name: "token", required: true, autocomplete: "off", spellcheck: "false" }),
      isKey ? "The key of [api] private_key; it reads everything." : "As `openstack token issue` prints it.");
  }

  function ofPassword() {
    const more = el("div", { className: "fields" });
    const drawMore = () => show(more, scope === "project" && [field("Project", input("project_name")), field("Domain of the project", input("project_domain_name", "Default"))],
      scope === "domain" && field("Domain", input("domain_name")));
    const chosen = select("scope", SCOPES, scope, (value) => {
      scope = value;
      drawMore();
    });
    drawMore();
    return [
      field("User name", el("input", { name: "user", required: true, autocomplete: "username", autocapitalize: "none", spellcheck: "false" })),
      field("Password", el("input", { type: "password", name: "password", required: true, autocomplete: "current-password" })),
      el("details", {}, el("summary", {}, "Domain and scope"), el("div", { className: "fields" }, field("Domain of the user", input("user_domain", "Default")), field("Usage of", chosen), more)),
    ];
  }

  async function submit(event) {
    event.preventDefault();
    error.textContent = "";
    button.disabled = true;
    try {
      const answer = await change("POST", "session", document_());
      const told = await answer.json();
      if (answer.status === 300) return choose(told.places);
      return onDone(told);
    } catch (trouble) {
      error.textContent = said(trouble);
      fields.querySelector("input[type=password]")?.select();
      return undefined;
    } finally {
      button.disabled = false;
    }
  }

  function document_() {
    const given = new FormData(form);
    const value = (name) => String(given.get(name) ?? "").trim();
    if (method !== "password") return { token: value("token") };
    const whole = { user: value("user"), password: String(given.get("password") ?? ""), user_domain: value("user_domain") || "Default" };
    const place = places ? places[Number(given.get("place"))].scope : ofScope(value);
    return Object.keys(place).length ? { ...whole, scope: place } : whole;
  }

  function ofScope(value) {
    if (scope === "project") return { project_name: value("project_name"), project_domain_name: value("project_domain_name") || "Default" };
    if (scope === "domain") return { domain_name: value("domain_name") };
    return scope === "system" ? { system_scope: "all" } : {};
  }

  function choose(found) {
    fields.querySelector("fieldset.places")?.remove();
    if (!found.length) {
      error.textContent = "This user has no role in any project.";
      return;
    }
    places = found;
    fields.append(el("fieldset", { className: "places" }, el("legend", {}, "This user has a role in several places. Whose usage is it about?"),
      found.map((place, number) => el("label", {}, el("input", { type: "radio", name: "place", value: number, checked: number === 0 }), el("span", {}, place.kind === "system" ? "The whole cloud" : place.name, place.kind === "domain" && el("small", {}, " domain"))))));
    fields.querySelector("fieldset.places input").focus();
  }

  fill();
  return form;
}

function input(name, value = "") {
  return el("input", { name, value, autocapitalize: "none", spellcheck: "false" });
}

function said(trouble) {
  if (trouble.kind === "offline") return "The server does not answer. Try again in a moment.";
  if (trouble.kind === "away") return "Signing in is not possible at the moment. Try again later.";
  const text = trouble.message || "That did not work";
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
