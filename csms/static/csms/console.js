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
    event.target.closest("[data-remove-item]")?.closest("[data-item]").remove();
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      navigator.clipboard?.writeText(document.getElementById(copier.dataset.copy).textContent.trim()).then(() => {
        copier.querySelector("span").textContent = "Copied";
      });
    }
  });

  // Nothing fails silently: whoever pressed a button is told.
  function explain(words) {
    const open = dialog();
    if (!open) return;
    const note = document.createElement("div");
    note.className = "c-dialog-body";
    const text = document.createElement("p");
    text.setAttribute("role", "alert");
    text.textContent = words;
    const close = document.createElement("button");
    close.className = "c-button";
    close.dataset.closeDialog = "";
    close.textContent = "Close";
    note.append(text, close);
    open.querySelector("[data-dialog-body]").replaceChildren(note);
    if (!open.open) open.showModal();
  }

  const FAILURES = {
    403: "Your role does not allow this, or the page is too old. Reload it and try again.",
    404: "This is not there any more. Reload the page.",
  };
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.elt.hasAttribute("data-live")) return;
    explain(FAILURES[event.detail.xhr.status] || "The server could not do this. Look under Commands whether it was sent, then try again.");
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.elt.hasAttribute("data-live")) return;
    explain("The server cannot be reached. Check the connection and try again.");
  });

  // What a closed dialog showed is gone: a password stays in no page.
  document.addEventListener(
    "close",
    (event) => {
      if (event.target === dialog()) event.target.querySelector("[data-dialog-body]").replaceChildren();
    },
    true,
  );

  document.addEventListener("change", (event) => {
    event.target.closest("form[data-submits-itself]")?.requestSubmit();
  });

  // Whoever has no mouse scrolls what is wider than its place with the arrow keys.
  function reachScrolling() {
    for (const box of document.querySelectorAll(".c-scroll:not([role])")) {
      const isCut = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (isCut) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  addEventListener("load", reachScrolling);
  addEventListener("resize", reachScrolling);
  document.addEventListener("htmx:afterSettle", reachScrolling);

  // A choice with search says its own value only; its name is the label's.
  function nameChoices() {
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const shown = select.nextElementSibling?.querySelector(".select2-selection__rendered");
      const label = select.labels[0];
      if (!shown?.id || !label) continue;
      label.id ||= `${select.id}-label`;
      shown.setAttribute("aria-labelledby", label.id);
      shown.closest("[role=combobox]").setAttribute("aria-labelledby", `${label.id} ${shown.id}`);
    }
  }
  // Behind the function that makes them, in the queue of its own library.
  addEventListener("load", () => window.django?.jQuery?.(nameChoices));
  document.addEventListener("formset:added", () => setTimeout(nameChoices, 0));

  function filter(input) {
    const id = input.dataset.filters;
    const wanted = input.value.trim().toLowerCase();
    for (const row of document.querySelectorAll(`#${id} [data-row]`)) {
      row.hidden = Boolean(wanted) && !row.textContent.toLowerCase().includes(wanted);
    }
    // A group without a row left needs no heading.
    for (const group of document.querySelectorAll(`#${id} [data-rows]`)) {
      group.hidden = !group.querySelector("[data-row]:not([hidden])");
      if (wanted && group.matches("details")) group.open = true;
    }
  }
  document.addEventListener("input", (event) => {
    if (event.target.dataset?.filters) filter(event.target);
  });
  // What came anew is filtered as what was there.
  document.addEventListener("htmx:afterSwap", () => {
    for (const input of document.querySelectorAll("[data-filters]")) if (input.value) filter(input);
  });
})();
