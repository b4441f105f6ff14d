// Elements. Whatever comes from data becomes a text node here, never markup: there is no other way to make one.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

export function add(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export function show(parent, ...children) {
  parent.replaceChildren();
  add(parent, children);
}

// Read aloud to who cannot see that something changed.
export function say(text) {
  document.getElementById("live").textContent = text;
}

export function field(label, control, hint) {
  return el("label", { className: "field" }, el("span", {}, label), control, hint && el("small", {}, hint));
}

export function select(name, options, chosen, onchange) {
  return el(
    "select",
    { name, onchange: (event) => onchange(event.target.value) },
    options.map(([value, title]) => el("option", { value, selected: value === chosen }, title)),
  );
}

// A choice of few, all of them in sight.
export function segments(legend, name, options, chosen, onchange) {
  return el(
    "fieldset",
    { className: "segments" },
    el("legend", {}, legend),
    el("div", {}, options.map(([value, title]) =>
      el("label", {}, el("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchange(value) }), el("span", {}, title)))),
  );
}

export function card(title, ...children) {
  return el("section", { className: "card" }, title && el("h2", {}, title), ...children);
}
