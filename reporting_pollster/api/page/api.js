// Questions to the API. An answer is data or a Trouble; who shows it decides by its kind.

export class Trouble extends Error {
  constructor(kind, detail, status = 0) {
    super(detail);
    this.kind = kind; // signed-out, forbidden, missing, refused, away, offline
    this.status = status;
  }
}

const KINDS = { 401: "signed-out", 403: "forbidden", 404: "missing", 429: "refused" };
let csrf = "";

export function useSession(session) {
  csrf = session.csrf ?? "";
}

export function path(base, parameters = {}) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") words.set(name, value);
  }
  const text = words.toString();
  return text ? `${base}?${text}` : base;
}

export async function get(base, parameters, signal) {
  return read(await send(path(base, parameters), { signal }));
}

export async function change(method, base, body) {
  const headers = { "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return send(base, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

async function send(address, options) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("offline", "The server does not answer.");
  }
  if (answer.ok || answer.status === 300) return answer;
  let detail = "";
  try {
    detail = (await answer.json()).detail ?? "";
  } catch { /* no problem document: a proxy's own page */ }
  const kind = KINDS[answer.status] ?? (answer.status >= 500 ? "away" : "refused");
  throw new Trouble(kind, detail, answer.status);
}

// An answer may break off in the middle, when the database goes away.
async function read(answer) {
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("away", "The answer broke off.");
  }
}
