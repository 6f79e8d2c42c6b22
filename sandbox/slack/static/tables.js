// Tables as they are, and data tables that a reader can sort and leaf through.

import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { richText } from "./rich_text.js";

const PAGE = 5;

export function table(block) {
  const settings = block.column_settings || [];
  const [head, ...rows] = block.rows;
  const row = (cells, tag) => el("tr", {}, cells.map((cell, index) => dressed(el(tag, {}, content(cell)), settings[index])));
  return el("div.table-frame", { tabindex: "0", role: "region", "aria-label": "Table" }, el("table", {}, el("thead", {}, row(head, "th")), el("tbody", {}, rows.map((each) => row(each, "td")))));
}

export function dataTable(block) {
  const [head, ...rows] = block.rows;
  const size = block.page_size || PAGE;
  let sorted = { column: -1, down: false };
  let page = 0;
  const body = el("tbody");
  const foot = el("div.pager");
  const numeric = head.map((_, index) => rows.every((each) => each[index]?.type === "raw_number"));
  const heads = head.map((cell, index) => el("th", { "aria-sort": "none", class: numeric[index] ? "number" : undefined }, el("button.quiet.sorter", { type: "button", click: () => sort(index) }, content(cell), el("span.arrow"))));

  function sort(column) {
    sorted = { column, down: sorted.column === column && !sorted.down };
    heads.forEach((each, index) => each.setAttribute("aria-sort", index !== column ? "none" : sorted.down ? "descending" : "ascending"));
    page = 0;
    show();
  }

  function show() {
    const ordered = sorted.column < 0 ? rows : [...rows].sort((one, other) => compared(one[sorted.column], other[sorted.column]) * (sorted.down ? -1 : 1));
    const pages = Math.max(1, Math.ceil(rows.length / size));
    fill(body, ordered.slice(page * size, (page + 1) * size).map((each) => el("tr", {}, each.map((cell, index) => el(index === block.row_header_column_index ? "th" : "td", { class: cell.type === "raw_number" ? "number" : undefined }, content(cell))))));
    const turn = (step) => () => ((page += step), show());
    const first = page * size + 1;
    fill(
      foot,
      el("span", {}, `${first}–${Math.min(first + size - 1, rows.length)} of ${rows.length}`),
      pages > 1 && el("button.quiet", { type: "button", "aria-label": "Previous page", disabled: page === 0, click: turn(-1) }, icon("left")),
      pages > 1 && el("button.quiet", { type: "button", "aria-label": "Next page", disabled: page >= pages - 1, click: turn(1) }, icon("right")),
    );
  }

  show();
  const frame = el("div.table-frame", {}, el("table", {}, el("thead", {}, el("tr", {}, heads)), body));
  return el("figure.data-table", {}, el("figcaption", {}, block.caption), frame, foot);
}

function content(cell) {
  if (!cell) return "";
  if (cell.type === "rich_text") return richText(cell);
  return cell.text ?? String(cell.value ?? "");
}

function dressed(node, setting) {
  if (setting?.align) node.style.textAlign = setting.align;
  if (setting?.is_wrapped) node.classList.add("wrapped");
  return node;
}

function compared(one, other) {
  if (one?.type === "raw_number" && other?.type === "raw_number") return one.value - other.value;
  return plain(one).localeCompare(plain(other), undefined, { numeric: true });
}

function plain(cell) {
  const node = content(cell);
  return typeof node === "string" ? node : node.textContent;
}
