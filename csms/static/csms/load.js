// The load of a day with uPlot: power over time, and what the grid connection allows.
(() => {
  "use strict";
  const EACH_MS = 60000;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shown = (value) => (value == null ? "–" : `${value.toFixed(1)} kW`);

  function clock(zone) {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  function tooltip(zone) {
    const tip = document.createElement("div");
    tip.className = "c-chart-tip";
    tip.hidden = true;
    return {
      hooks: {
        init: (plot) => plot.over.append(tip),
        setCursor: (plot) => {
          const index = plot.cursor.idx;
          tip.hidden = index == null || plot.cursor.left < 0;
          if (tip.hidden) return;
          tip.textContent = `${clock(zone).format(new Date(plot.data[0][index] * 1000))}  ${shown(plot.data[1][index])}`;
          const left = plot.cursor.left + 14;
          const fits = left + tip.offsetWidth < plot.over.clientWidth;
          tip.style.left = `${fits ? left : Math.max(plot.cursor.left - tip.offsetWidth - 14, 0)}px`;
          tip.style.top = "8px";
        },
      },
    };
  }

  function options(width, series) {
    const axis = { stroke: token("--csms-quiet"), grid: { stroke: token("--chart-grid"), width: 1 }, ticks: { show: false } };
    const time = clock(series.zone);
    const lines = [{}, { scale: "kW", stroke: token("--chart-power"), fill: token("--chart-power-fill"), width: 2 }];
    if (series.limit_kw) lines.push({ scale: "kW", stroke: token("--tone-bad-ink"), width: 1, dash: [6, 4] });
    return {
      width,
      height: 220,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), series.zone),
      plugins: [tooltip(series.zone)],
      cursor: { y: false, points: { size: 7 } },
      legend: { show: false },
      scales: { kW: { range: (plot, low, high) => [0, Math.max(high || 0, 1) * 1.1] } },
      series: lines,
      axes: [
        { ...axis, space: 70, values: (plot, ticks) => ticks.map((at) => time.format(new Date(at * 1000))) },
        { ...axis, scale: "kW", label: "Power (kW)", labelSize: 20, size: 54 },
      ],
    };
  }

  function draw(figure, series) {
    const box = figure.querySelector(".c-chart");
    box.querySelector(".c-skeleton")?.remove();
    figure.querySelector("[data-chart-empty]").hidden = series.at.length > 1;
    figure.querySelector("[data-key-limit]")?.toggleAttribute("hidden", !series.limit_kw);
    figure.plot?.destroy();
    figure.plot = null;
    figure.series = series;
    if (series.at.length < 2) return;
    const columns = [series.at, series.power_kw];
    if (series.limit_kw) columns.push(series.at.map(() => series.limit_kw));
    figure.plot = new uPlot(options(box.clientWidth, series), columns, box);
  }

  async function load(figure) {
    const answer = await fetch(figure.dataset.load, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) draw(figure, await answer.json());
  }

  const figures = () => document.querySelectorAll("[data-load]");

  document.addEventListener("DOMContentLoaded", () => {
    for (const figure of figures()) {
      load(figure);
      new ResizeObserver(() => {
        const width = figure.querySelector(".c-chart").clientWidth;
        if (width && figure.plot && figure.plot.width !== width) figure.plot.setSize({ width, height: 220 });
      }).observe(figure.querySelector(".c-chart"));
    }
  });
  setInterval(() => document.hidden || figures().forEach(load), EACH_MS);

  // Another theme has other colours.
  new MutationObserver(() => figures().forEach((figure) => figure.series && draw(figure, figure.series))).observe(
    document.documentElement,
    { attributes: true, attributeFilter: ["class"] },
  );
})();
