"use strict";
// Reads values off the charts on hover, focus and touch, and hides strategies. The page is complete without it.
(() => {
  const { charts, names } = JSON.parse(document.getElementById("data").textContent);
  const hidden = new Set();
  const node = (name, attributes = {}, parent = null, space = null) => {
    const made = space ? document.createElementNS(space, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  };
  const SVG = "http://www.w3.org/2000/svg";
  const shown = (value, digits) => value.toFixed(digits).replace("-", "−");
  const counted = (value) => value.toLocaleString("en", { maximumFractionDigits: 1 });

  function toggle(number) {
    hidden.has(number) ? hidden.delete(number) : hidden.add(number);
    const off = hidden.has(number);
    for (const part of document.querySelectorAll(`[data-curve="${number}"]`)) part.classList.toggle("off", off);
    for (const button of document.querySelectorAll(`[data-toggle="${number}"]`)) button.setAttribute("aria-pressed", String(!off));
  }

  for (const button of document.querySelectorAll("[data-toggle]")) {
    button.addEventListener("click", () => toggle(Number(button.dataset.toggle)));
  }

  function scale(text) {
    const [low, high, start, end] = text.split(" ").map(Number);
    return { at: (value) => start + ((value - low) / (high - low)) * (end - start),
             of: (place) => low + ((place - start) / (end - start)) * (high - low), low, high, start, end };
  }

  function fill(box, data, index) {
    const labels = data.x[index];
    const share = data.pool ? ` (${((100 * labels) / data.pool).toFixed(1)} %)` : "";
    const rows = data.series
      .filter((series) => !hidden.has(series.id) && series.y[index] !== null)
      .map((series) => ({ id: series.id, y: series.y[index], h: series.h[index] }))
      .sort((a, b) => b.y - a.y);
    box.replaceChildren();
    node("b", {}, box).textContent = `${counted(labels)} ${data.across ?? "labels"}${share}`;
    const table = node("table", {}, box);
    for (const row of rows) {
      const line = node("tr", {}, table);
      node("td", { style: `color:var(--t${row.id})` }, line).textContent = names[row.id];
      const spread = row.h === null ? "" : ` ± ${shown(row.h, data.digits)}`;
      node("td", {}, line).textContent = `${shown(row.y, data.digits)}${spread}${data.unit}`;
    }
    return rows;
  }

  for (const chart of document.querySelectorAll("svg[data-chart]")) {
    const data = charts[chart.dataset.chart];
    if (!data || !data.x.length) continue;
    // A title would cover the values with a tooltip of the browser's own.
    const title = chart.querySelector("title");
    chart.setAttribute("aria-label", title.textContent);
    title.remove();
    chart.setAttribute("tabindex", "0");
    const x = scale(chart.dataset.x), y = scale(chart.dataset.y);
    const figure = chart.parentElement;
    const mark = node("g", { class: "mark" }, chart, SVG);
    const box = node("div", { class: "values", role: "status" }, figure);
    let index = -1;

    function show(next) {
      index = Math.min(Math.max(next, 0), data.x.length - 1);
      const at = x.at(data.x[index]);
      mark.replaceChildren();
      node("line", { x1: at, x2: at, y1: y.start, y2: y.end }, mark, SVG);
      for (const row of fill(box, data, index)) {
        if (row.y < Math.min(y.low, y.high) || row.y > Math.max(y.low, y.high)) continue;
        node("circle", { cx: at, cy: y.at(row.y), r: 4, style: `fill:var(--l${row.id})` }, mark, SVG);
      }
      const area = chart.getBoundingClientRect(), frame = figure.getBoundingClientRect();
      box.classList.add("on");
      const place = area.left + (at / chart.viewBox.baseVal.width) * area.width;
      const fits = place + 14 + box.offsetWidth < document.documentElement.clientWidth;
      box.style.left = `${Math.max(fits ? place + 14 : place - 14 - box.offsetWidth, 4) - frame.left}px`;
      // On a small chart the box would cover the lines, so it goes below.
      box.style.top = `${(area.width < 420 ? area.bottom + 4 : area.top + 24) - frame.top}px`;
    }
    function hide() {
      mark.replaceChildren();
      box.classList.remove("on");
      index = -1;
    }
    function follow(event) {
      const area = chart.getBoundingClientRect();
      const value = x.of(((event.clientX - area.left) / area.width) * chart.viewBox.baseVal.width);
      let nearest = 0;
      data.x.forEach((labels, place) => { if (Math.abs(labels - value) < Math.abs(data.x[nearest] - value)) nearest = place; });
      if (nearest !== index) show(nearest);
    }
    chart.addEventListener("pointermove", follow);
    chart.addEventListener("pointerdown", follow);
    chart.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
    chart.addEventListener("focus", () => { if (index < 0) show(data.x.length - 1); });
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: data.x.length - 1 };
      if (event.key === "Escape") hide();
      if (!(event.key in steps)) return;
      event.preventDefault();
      show(steps[event.key]);
    });
  }
  document.documentElement.dataset.ready = "true";
})();
