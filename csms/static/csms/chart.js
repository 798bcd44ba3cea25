// A session's curve with uPlot: power and state of charge over time, energy on its own axis.
(() => {
  "use strict";
  const EACH_MS = 2000;
  const charts = new Map();

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const shown = (value, unit, digits) => (value == null ? "–" : `${value.toFixed(digits)} ${unit}`);

  function clock(zone, more) {
    const options = { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...more };
    return new Intl.DateTimeFormat("en-GB", options);
  }

  function tooltip(zone) {
    const tip = document.createElement("div");
    tip.className = "c-chart-tip";
    tip.hidden = true;
    const at = clock(zone, { month: "short", day: "numeric", second: "2-digit" });
    const line = (colour, text) => {
      const row = document.createElement("div");
      const mark = document.createElement("i");
      mark.style.borderColor = colour;
      row.append(mark, text);
      return row;
    };
    return {
      hooks: {
        init: (plot) => plot.over.append(tip),
        setCursor: (plot) => {
          const index = plot.cursor.idx;
          tip.hidden = index == null || plot.cursor.left < 0;
          if (tip.hidden) return;
          const [times, power, energy, soc] = plot.data;
          tip.replaceChildren(
            document.createTextNode(at.format(new Date(times[index] * 1000))),
            line(token("--chart-power"), shown(power[index], "kW", 1)),
            line(token("--chart-energy"), shown(energy[index], "kWh", 2)),
          );
          if (soc) tip.append(line(token("--chart-soc"), shown(soc[index], "%", 0)));
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
    const fine = clock(series.zone, { second: "2-digit" });
    const lines = [
      {},
      { scale: "kW", stroke: token("--chart-power"), fill: token("--chart-power-fill"), width: 2, spanGaps: true },
      { scale: "kWh", stroke: token("--chart-energy"), width: 2, dash: [6, 4], spanGaps: true },
    ];
    if (series.soc_percent.length) {
      lines.push({ scale: "%", stroke: token("--chart-soc"), width: 2, dash: [2, 4], spanGaps: true });
    }
    return {
      width,
      height: width < 520 ? 210 : 250,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), series.zone),
      plugins: [tooltip(series.zone)],
      cursor: { y: false, points: { size: 7 } },
      legend: { show: false },
      scales: {
        kW: { range: (plot, low, high) => [0, Math.max(high || 0, 1) * 1.1] },
        kWh: { range: (plot, low, high) => [0, Math.max(high || 0, 0.1) * 1.1] },
        "%": { range: [0, 100] },
      },
      series: lines,
      axes: [
        { ...axis, space: 70, values: (plot, ticks, index, space, step) => ticks.map((at) => (step < 60 ? fine : time).format(new Date(at * 1000))) },
        { ...axis, scale: "kW", label: "Power (kW)", labelSize: 20, size: 48 },
        { ...axis, scale: "kWh", side: 1, label: "Energy (kWh)", labelSize: 20, size: 52, grid: { show: false } },
      ],
    };
  }

  const columns = (series) => {
    const data = [series.at, series.power_kw, series.energy_kwh];
    if (series.soc_percent.length) data.push(series.soc_percent);
    return data;
  };

  async function load(figure) {
    // Without a server, or led to the login, the chart stays as it is: the page itself says what is wrong.
    const answer = await fetch(figure.dataset.chart, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) draw(figure, await answer.json());
  }

  function draw(figure, series) {
    const box = figure.querySelector(".c-chart");
    const empty = figure.querySelector("[data-chart-empty]");
    const chart = charts.get(figure) || {};
    charts.set(figure, Object.assign(chart, { series }));
    box.querySelector(".c-skeleton")?.remove();
    figure.querySelector("[data-key-soc]")?.toggleAttribute("hidden", !series.soc_percent.length);
    if (empty) empty.hidden = series.at.length > 1;
    box.hidden = series.at.length < 2;
    if (box.hidden) return;
    if (chart.plot && chart.plot.series.length === columns(series).length) {
      chart.plot.setData(columns(series));
      return;
    }
    chart.plot?.destroy();
    chart.plot = new uPlot(options(box.clientWidth, series), columns(series), box);
    chart.resizing ||= new ResizeObserver(() => {
      const width = box.clientWidth;
      if (width && chart.plot.width !== width) chart.plot.setSize({ width, height: width < 520 ? 210 : 250 });
    });
    chart.resizing.observe(box);
  }

  function start() {
    for (const [figure, chart] of charts) {
      if (figure.isConnected) continue;
      chart.resizing?.disconnect();
      chart.plot?.destroy();
      charts.delete(figure);
    }
    for (const figure of document.querySelectorAll("[data-chart]")) {
      if (charts.has(figure)) continue;
      charts.set(figure, {});
      load(figure);
    }
  }

  function refresh(figure) {
    const chart = charts.get(figure);
    if (!chart || chart.timer) return;
    chart.timer = setTimeout(() => {
      chart.timer = 0;
      if (figure.isConnected && !document.hidden) load(figure);
    }, EACH_MS);
  }

  document.addEventListener("csms:live", ({ detail }) => {
    for (const figure of charts.keys()) {
      if (detail.kind === "gap" || figure.dataset.chartTopic === detail.topic) refresh(figure);
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) for (const figure of charts.keys()) if (figure.dataset.chartTopic) refresh(figure);
  });
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSwap", start);

  // Another theme has other colours.
  new MutationObserver(() => {
    for (const [figure, chart] of charts) {
      if (!chart.plot) continue;
      chart.plot.destroy();
      chart.plot = null;
      draw(figure, chart.series);
    }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
})();
