// Live updates: one socket a page. A message only says what changed; the page fetches that fragment again.
(() => {
  "use strict";
  const EACH_MS = 1000; // a fragment is fetched at most this often, unless data-live-each says so
  const SILENCE_MS = 60000; // the server beats every 25 s
  const RELOAD_EACH_MS = 60000;
  const RELOADED = "csms-live-reloaded";
  const LONGEST_WAIT_MS = 30000;

  let socket = null;
  let waitMs = 1000;
  let watchdog = 0;
  const sent = new Set();
  const fetchedAt = new WeakMap();
  const pending = new WeakMap();
  const lastHtml = new WeakMap();

  const tokens = () =>
    [...document.querySelectorAll("[data-live-token]")].map((element) => element.dataset.liveToken).filter(Boolean);

  function show(state, word) {
    for (const element of document.querySelectorAll("[data-live-state]")) {
      element.dataset.state = state;
      element.querySelector("span").textContent = word;
    }
  }

  function subscribe() {
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    for (const token of tokens()) {
      if (sent.has(token)) continue;
      sent.add(token);
      socket.send(JSON.stringify({ subscribe: token }));
    }
  }

  function connect() {
    if (!tokens().length) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/live/`);
    sent.clear();
    socket.onopen = () => {
      waitMs = 1000;
      subscribe();
      watch();
    };
    socket.onmessage = (event) => {
      watch();
      receive(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      clearTimeout(watchdog);
      show("waiting", "Reconnecting");
      if (event.code === 4401 || event.code === 4403) {
        reloadOnce(); // logged out, other roles, old signatures: the server says so in its own words
        return;
      }
      setTimeout(connect, waitMs * (0.5 + Math.random()));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    };
  }

  // A page that is refused again as soon as it was loaded would be loaded for ever.
  function reloadOnce() {
    const now = Date.now();
    if (now - Number(sessionStorage.getItem(RELOADED) || 0) < RELOAD_EACH_MS) {
      show("waiting", "Not live");
      return;
    }
    sessionStorage.setItem(RELOADED, now);
    location.reload();
  }

  function watch() {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket && socket.close(), SILENCE_MS);
  }

  function receive(message) {
    if (message.kind === "beat") return;
    if (message.kind === "subscribed") {
      show("live", "Live");
      for (const [topic, kinds] of Object.entries(message.missed)) catchUpWith(topic, kinds);
      return;
    }
    if (message.kind === "gap") {
      refreshAll();
      return;
    }
    document.dispatchEvent(new CustomEvent("csms:live", { detail: message }));
    for (const element of followers(message.topic)) {
      const kinds = element.dataset.liveKinds;
      if (!kinds || kinds.split(" ").includes(message.kind)) schedule(element);
    }
  }

  const followers = (topic) => document.querySelectorAll(`[data-live~="${CSS.escape(topic)}"]`);

  // What happened since the page was made, or since the last socket closed, was missed. The server knows which kinds were
  // told on a topic that is new to this socket, or says null: it was not there all the time.
  function catchUpWith(topic, kinds) {
    if (kinds) {
      for (const kind of kinds) receive({ kind, topic });
      return;
    }
    document.dispatchEvent(new CustomEvent("csms:live", { detail: { kind: "subscribed", topic } }));
    followers(topic).forEach(schedule);
  }

  function refreshAll() {
    document.dispatchEvent(new CustomEvent("csms:live", { detail: { kind: "gap" } }));
    document.querySelectorAll("[data-live]").forEach(schedule);
  }

  // Whoever reads an opened row or types is not disturbed; it is made good as soon as they are done.
  function isHeld(element) {
    if (document.hidden) return true;
    if (element.hasAttribute("data-live-hold") && element.querySelector("details[open], [data-editing]")) return true;
    return element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  }

  function schedule(element) {
    if (pending.has(element)) return;
    const wait = Math.max((fetchedAt.get(element) || 0) + (Number(element.dataset.liveEach) || EACH_MS) - Date.now(), 0);
    pending.set(
      element,
      setTimeout(() => {
        pending.delete(element);
        if (!element.isConnected) return;
        if (isHeld(element)) {
          element.dataset.liveStale = "";
          return;
        }
        delete element.dataset.liveStale;
        fetchedAt.set(element, Date.now());
        htmx.trigger(element, "live");
      }, wait),
    );
  }

  function catchUp() {
    document.querySelectorAll("[data-live-stale]").forEach((element) => {
      if (!isHeld(element)) schedule(element);
    });
  }

  document.addEventListener("visibilitychange", catchUp);
  document.addEventListener("toggle", catchUp, true);
  document.addEventListener("focusout", () => setTimeout(catchUp, 0));

  // What differs without a change: relative times tick, signatures hold the time of signing.
  function gist(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.innerHTML
      .trim()
      .replace(/(<time[^>]*data-ago[^>]*>)[^<]*/g, "$1")
      .replace(/data-live-token="[^"]*"/g, "");
  }

  // A fragment that has not changed is left alone; opened rows stay open.
  let opened = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (!target.hasAttribute("data-live") || event.detail.xhr.status !== 200) return;
    const html = gist(event.detail.serverResponse);
    if (lastHtml.get(target) === html) {
      event.detail.shouldSwap = false;
      return;
    }
    lastHtml.set(target, html);
    opened = [...target.querySelectorAll("details[open][id]")].map((details) => details.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    opened = [];
    catchUp();
    subscribe();
    if (!socket) connect();
  });

  document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-live]")) lastHtml.set(element, gist(element.innerHTML));
    connect();
  });
})();
