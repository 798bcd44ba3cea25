// Sites on a map with Leaflet. Without a tile server the outlines of countries are drawn; nobody else is asked.
(() => {
  "use strict";
  const CELL_PX = 96; // sites that are nearer to each other than this are one mark
  const URGENCY = ["faulted", "offline", "partly", "charging", "available", "empty"];

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // As csms/console/places.py writes them: of each site only its values, words and icons once.
  function sites() {
    const told = JSON.parse(document.getElementById("map-sites")?.textContent || '{"sites": []}');
    return told.sites.map(([pk, name, town, latitude, longitude, state, evses, charging, faulted, offline, power_kw]) => {
      const [word, icon, tone] = told.looks[state];
      const url = told.page.replace("/0/", `/${pk}/`);
      return { name, town, at: [latitude, longitude], state, word, icon, tone, evses, charging, faulted, offline, power_kw, url };
    });
  }

  function node(name, className, text) {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  }

  function symbol(icons, name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "c-icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${icons}#${name}`);
    svg.append(use);
    return svg;
  }

  function mark(icons, site, count) {
    const badge = node("span", `c-badge c-tone-${site.tone} c-map-mark`);
    badge.append(symbol(icons, site.icon), node("span", "", count > 1 ? `${count} sites` : site.word));
    return L.divIcon({ html: badge, className: "c-map-icon", iconSize: null });
  }

  function popup(site) {
    const box = node("div", "c-map-popup");
    const link = node("a", "c-link", site.name);
    link.href = site.url;
    const numbers = [`${site.charging} of ${site.evses} charging`, `${site.power_kw.toFixed(1)} kW`];
    if (site.faulted) numbers.push(`${site.faulted} faulted`);
    if (site.offline) numbers.push(`${site.offline} offline`);
    box.append(link, node("div", "c-quiet", site.town), node("div", "", `${site.word}: ${numbers.join(", ")}`));
    return box;
  }

  function clusters(map, all) {
    const cells = new Map();
    for (const site of all) {
      const point = map.project(site.at, map.getZoom());
      const key = map.getZoom() >= 15 ? site.url : `${Math.floor(point.x / CELL_PX)}:${Math.floor(point.y / CELL_PX)}`;
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(site);
    }
    return [...cells.values()];
  }

  const worst = (group) => group.reduce((one, two) => (URGENCY.indexOf(two.state) < URGENCY.indexOf(one.state) ? two : one));

  function start(box) {
    const map = L.map(box, { worldCopyJump: true, maxZoom: 18, minZoom: 1, attributionControl: Boolean(box.dataset.tiles) });
    const layer = L.layerGroup().addTo(map);
    let shown = "";

    function draw() {
      const all = sites();
      const gist = `${map.getZoom()} ${JSON.stringify(all)}`;
      if (gist === shown) return;
      shown = gist;
      layer.clearLayers();
      for (const group of clusters(map, all)) {
        const site = worst(group);
        const title = group.length > 1 ? `${group.length} sites, ${site.word}` : `${site.name}: ${site.word}`;
        const marker = L.marker(site.at, { icon: mark(box.dataset.icons, site, group.length), title, alt: title });
        if (group.length === 1) marker.bindPopup(() => popup(site));
        else marker.on("click", () => map.fitBounds(group.map((one) => one.at), { padding: [40, 40], maxZoom: 15 }));
        marker.addTo(layer);
      }
    }

    const paint = () => ({ color: token("--csms-base-400"), weight: 1, fillColor: token("--csms-sunken"), fillOpacity: 1 });
    if (box.dataset.tiles) {
      L.tileLayer(box.dataset.tiles, { attribution: box.dataset.attribution, maxZoom: 18 }).addTo(map);
    } else {
      fetch(box.dataset.outline)
        .then((answer) => answer.json())
        .then((outline) => {
          const land = L.geoJSON(outline, { style: paint, interactive: false }).addTo(map).bringToBack();
          new MutationObserver(() => land.setStyle(paint())).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
        });
    }
    const all = sites();
    if (all.length) map.fitBounds(all.map((site) => site.at), { padding: [60, 60], maxZoom: 6 });
    else map.setView([30, 10], 2);
    map.on("zoomend", draw);
    document.addEventListener("htmx:afterSwap", draw);
    draw();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-map]").forEach(start));
})();
