// Runs before the page is drawn: the theme chosen last time, if the browser lets us remember it.
(function () {
  try {
    var theme = localStorage.getItem("huoshui-theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch (error) {
    // A page opened from a file may have no storage: then the system's theme rules.
  }
})();
