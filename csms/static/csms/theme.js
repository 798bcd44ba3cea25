// Pages without the admin around them look as the admin does: as chosen there, else as the system does.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function choose() {
    let chosen = "auto";
    try {
      chosen = JSON.parse(localStorage.getItem("adminTheme")) || "auto";
    } catch {
      // Somebody else's value: as the system does.
    }
    document.documentElement.classList.toggle("dark", chosen === "dark" || (chosen === "auto" && dark.matches));
  }
  choose();
  dark.addEventListener("change", choose);
})();
