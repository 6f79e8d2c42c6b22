// Charts as bars of text length: the numbers are what a reader needs.

import { el } from "./dom.js";

export function chart(block) {
  const { chart: given } = block;
  const rows = given.type === "pie" ? given.segments.map((each) => [each.label, each.value]) : given.series.flatMap((series) => series.data.map((each) => [given.series.length > 1 ? `${each.label} · ${series.name}` : each.label, each.value]));
  const most = Math.max(...rows.map(([, value]) => Math.abs(value)), 1e-9);
  const bar = ([label, value]) => {
    const line = el("i.bar");
    line.style.width = `${(Math.abs(value) / most) * 100}%`;
    return el("tr", {}, el("th", {}, label), el("td.bars", {}, line), el("td.number", {}, String(value)));
  };
  return el("figure.chart", {}, el("figcaption", {}, block.title), el("table", {}, el("tbody", {}, rows.map(bar))));
}
