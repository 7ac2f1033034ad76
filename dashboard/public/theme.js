// Before the first paint, so that a dark room stays dark. A file of its own, as the page's policy allows no inline script.
(function () {
  var chosen = null;
  var language = null;
  try {
    chosen = localStorage.getItem("mantine-color-scheme-value");
    language = localStorage.getItem("aetherius-language");
  } catch (error) {
    // Storage is switched off: the system's choice it is.
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  var chinese = language === "zh" || (language !== "en" && /^zh/.test(navigator.language));
  document.documentElement.lang = chinese ? "zh" : "en";
})();
