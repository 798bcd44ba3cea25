// Small behaviour of the console's pages: relative times, dialogs, copying, filtering a table.
(() => {
  "use strict";

  // The same words as accounts/console/quantities.py.
  function span(seconds) {
    if (seconds >= 172800) return `${Math.floor(seconds / 86400)} d`;
    if (seconds >= 7200) return `${Math.floor(seconds / 3600)} h`;
    if (seconds >= 60) return `${Math.floor(seconds / 60)} min`;
    return `${seconds} s`;
  }

  function tick() {
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const seconds = Math.floor((Date.now() - Date.parse(element.dateTime)) / 1000);
      let words = seconds < 10 ? "just now" : `${span(seconds)} ago`;
      if (seconds < -60) words = `in ${span(-seconds)}`;
      if (element.textContent !== words) element.textContent = words;
    }
  }
  setInterval(tick, 10000);
  document.addEventListener("htmx:afterSwap", tick);

  const dialog = () => document.getElementById("console-dialog");

  document.addEventListener("htmx:afterSwap", (event) => {
    const open = dialog();
    if (open && open.contains(event.detail.target) && !open.open) open.showModal();
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close-dialog]");
    if (closer || event.target === dialog()) {
      event.preventDefault();
      dialog()?.close();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      navigator.clipboard?.writeText(document.getElementById(copier.dataset.copy).textContent.trim()).then(() => {
        copier.querySelector("span").textContent = "Copied";
      });
    }
  });

  // What a closed dialog showed is gone: a password stays in no page.
  document.addEventListener(
    "close",
    (event) => {
      if (event.target === dialog()) event.target.querySelector("[data-dialog-body]").replaceChildren();
    },
    true,
  );

  document.addEventListener("input", (event) => {
    const id = event.target.dataset?.filters;
    if (!id) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of document.querySelectorAll(`#${id} [data-row]`)) {
      row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted);
    }
  });
})();
