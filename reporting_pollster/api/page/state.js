// What is shown is said by the query of the address, so a link shows the same to another and the back button works.

let draw = () => {};

export function onNavigation(callback) {
  draw = callback;
  window.addEventListener("popstate", () => callback());
  document.addEventListener("click", follow);
}

export function query() {
  return new URLSearchParams(window.location.search);
}

export function asked(name, fallback = "") {
  return query().get(name) ?? fallback;
}

// The address with some words changed; those without a value are left out.
export function address(changes, keep = true) {
  const words = keep ? query() : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") words.delete(name);
    else words.set(name, value);
  }
  const text = words.toString();
  return text ? `?${text}` : "?";
}

export function go(changes, keep = true) {
  window.history.pushState(null, "", address(changes, keep));
  draw();
}

// Of no matter to who goes back: words of a search, the order of a table.
export function note(changes) {
  window.history.replaceState(null, "", address(changes));
}

function follow(event) {
  const link = event.target instanceof Element ? event.target.closest("a[data-inside]") : null;
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  window.history.pushState(null, "", link.href);
  draw({ isNewPlace: true });
}
