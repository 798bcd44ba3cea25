// The limits of a station over time with uPlot, in steps: as it tells them, and as we expect them.
(() => {
  "use strict";
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shown = (value) => (value == null ? "no limit" : `${value.toFixed(1)} kW`);

  function clock(zone) {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  function tooltip(series) {
    const tip = document.createElement("div");
    tip.className = "c-chart-tip";
    tip.hidden = true;
    const time = clock(series.zone);
    return {
      hooks: {
        init: (plot) => plot.over.append(tip),
        setCursor: (plot) => {
          const index = plot.cursor.idx;
          tip.hidden = index == null || plot.cursor.left < 0;
          if (tip.hidden) return;
          const at = time.format(new Date(plot.data[0][index] * 1000));
          tip.textContent = `${at}  told ${shown(plot.data[1][index])}, expected ${shown(plot.data[2][index])}`;
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
    const steps = uPlot.paths.stepped({ align: 1 });
    return {
      width,
      height: 220,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), series.zone),
      plugins: [tooltip(series)],
      cursor: { y: false, points: { size: 7 } },
      legend: { show: false },
      scales: { kW: { range: (plot, low, high) => [0, Math.max(high || 0, 1) * 1.1] } },
      series: [
        {},
        { scale: "kW", stroke: token("--chart-power"), width: 2, paths: steps, points: { show: false } },
        { scale: "kW", stroke: token("--chart-energy"), width: 2, dash: [6, 4], paths: steps, points: { show: false } },
      ],
      axes: [
        { ...axis, space: 90, values: (plot, ticks) => ticks.map((at) => time.format(new Date(at * 1000))) },
        { ...axis, scale: "kW", label: "Limit (kW)", labelSize: 20, size: 54 },
      ],
    };
  }

  function draw(figure, series) {
    const box = figure.querySelector(".c-chart");
    box.querySelector(".c-skeleton")?.remove();
    figure.plot?.destroy();
    figure.series = series;
    figure.plot = new uPlot(options(box.clientWidth, series), [series.at, series.told_kw, series.expected_kw], box);
  }

  async function load(figure) {
    figure.dataset.drawn = "";
    const answer = await fetch(figure.dataset.limits, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    draw(figure, await answer.json());
    new ResizeObserver(() => {
      const width = figure.querySelector(".c-chart").clientWidth;
      if (width && figure.plot.width !== width) figure.plot.setSize({ width, height: 220 });
    }).observe(figure.querySelector(".c-chart"));
  }

  // The part comes after the page, and again when something changed.
  const look = () => document.querySelectorAll("[data-limits]:not([data-drawn])").forEach(load);
  document.addEventListener("DOMContentLoaded", look);
  document.addEventListener("htmx:afterSettle", look);

  // Another theme has other colours.
  new MutationObserver(() => {
    for (const figure of document.querySelectorAll("[data-limits]")) if (figure.series) draw(figure, figure.series);
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
})();
