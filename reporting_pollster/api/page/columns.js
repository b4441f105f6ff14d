// Columns as the API describes them, as columns of a table here.

import { amount, hours, isAmount, number, time } from "./format.js";

export function columnOf(told, changes = {}) {
  const common = { key: told.name, title: told.title.split(/[,;]/)[0], ...changes };
  if (isAmount(told)) return { ...common, number: true, value: (row) => row[told.name], cell: (row) => (row[told.name] === null ? "–" : amount(hours(row[told.name], told.unit))) };
  if (told.type === "integer") return { ...common, number: true, cell: (row) => number(row[told.name]) };
  if (told.type === "moment") return { ...common, cell: (row) => time(row[told.name]) };
  if (told.type === "flag") return { ...common, cell: (row) => (row[told.name] === null ? "–" : row[told.name] ? "yes" : "no") };
  return { ...common, cell: changes.cell ?? ((row) => row[told.name] || "–") };
}

// Sums of the columns whose values are amounts, for the last row.
export function totalsOf(columns, rows) {
  return Object.fromEntries(columns.filter(isAmount).map((column) => [column.name, amount(sum(rows, column))]));
}

export function sum(rows, column) {
  return hours(rows.reduce((added, row) => added + (row[column.name] ?? 0), 0), column.unit);
}
