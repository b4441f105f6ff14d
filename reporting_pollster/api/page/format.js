// Numbers and times for people: hours rather than seconds, separators of thousands, UTC.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

const PER = { s: 3600, "vCPU·s": 3600, "GB·s": 3600, "MB·s": 3600 * 1024 };

// What a unit of the API holds of the one that people are shown.
export function hours(value, unit) {
  return value / (PER[unit] ?? 1);
}

export function isAmount(column) {
  return column.type === "integer" && column.unit in PER;
}

export function number(value) {
  if (value === null || value === undefined) return "–";
  return whole.format(value);
}

export function amount(value) {
  if (value === null || value === undefined) return "–";
  return value === 0 ? "0" : tenths.format(value);
}

export function compact(value) {
  return short.format(value);
}

export function time(value) {
  return value ? value.replace("T", " ").replace(/(:\d\d)?Z$/, (end) => (end === ":00Z" ? "" : end.slice(0, -1))) : "–";
}

export function day(date) {
  return date.toISOString().slice(0, 10);
}

export function month(text) {
  return new Date(`${text}-01T00:00:00Z`).toLocaleDateString("en", { month: "short", year: "numeric", timeZone: "UTC" });
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first < 0) return "0 s";
  const [size, name] = units[first];
  const main = Math.floor(seconds / size);
  const [below, belowName] = units[first + 1] ?? [0, ""];
  const rest = below ? Math.floor((seconds % size) / below) : 0;
  return rest && main < 10 ? `${main} ${name} ${rest} ${belowName}` : `${whole.format(main)} ${name}`;
}

export function bytes(value) {
  if (value === null || value === undefined) return "–";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let place = 0;
  for (; value >= 1024 && place < units.length - 1; place += 1) value /= 1024;
  return `${place ? tenths.format(value) : whole.format(value)} ${units[place]}`;
}

export function count(rows, one, many = `${one}s`) {
  return `${whole.format(rows)} ${rows === 1 ? one : many}`;
}
