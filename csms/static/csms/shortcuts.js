// Keyboard shortcuts: "/" searches, "g" and a letter goes somewhere, "?" shows them. Which there are: /admin/shortcuts/.
(() => {
  "use strict";
  const OFF = "csms-shortcuts-off";
  const PATIENCE_MS = 1500; // between "g" and the letter
  const FIELDS = "input, textarea, select, [contenteditable=''], [contenteditable='true']";
  const admin = `${location.pathname.split("/admin/")[0]}/admin/`;

  let wentAt = 0;
  let loading = null;

  const isOff = () => localStorage.getItem(OFF) === "1";
  const isTyping = (target) => target instanceof Element && target.closest(FIELDS) !== null;
  const isBusy = () => document.querySelector("dialog[open]") !== null;

  function dialog() {
    loading ??= fetch(`${admin}shortcuts/`, { headers: { "X-Fragment": "shortcuts" }, credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(answer.status))))
      .then((html) => {
        const template = document.createElement("template");
        template.innerHTML = html;
        const made = template.content.querySelector("#shortcuts-dialog");
        if (!made) throw new Error("logged out");
        document.body.append(made);
        showState();
        return made;
      });
    loading.catch(() => {
      loading = null;
    });
    return loading;
  }

  function showState() {
    for (const box of document.querySelectorAll("[data-shortcuts-on]")) box.checked = !isOff();
  }

  async function go(key) {
    const place = (await dialog()).querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (place) location.assign(place.href);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (isOff() || isTyping(event.target) || isBusy()) return;
    const isSecond = Date.now() - wentAt < PATIENCE_MS;
    wentAt = 0;
    if (isSecond && /^[a-z]$/.test(event.key)) {
      event.preventDefault();
      go(event.key).catch(() => {});
    } else if (event.key === "g") {
      wentAt = Date.now();
      dialog().catch(() => {});
    } else if (event.key === "/") {
      event.preventDefault();
      window.dispatchEvent(new CustomEvent("opencommand"));
    } else if (event.key === "?") {
      event.preventDefault();
      dialog()
        .then((made) => made.showModal())
        .catch(() => {});
    }
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-shortcuts-on]")) return;
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
    showState();
  });
  document.addEventListener("DOMContentLoaded", showState);
})();
