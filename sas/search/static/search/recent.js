/* Recent searches of this tab, proposed while « Quoi ? » is empty.

   Kept: the last five pairs of a specialty and a commune or department, as the page wrote them (never an address, which
   may be a patient's, never somebody's name), in the tab's own storage, for the person who signed in. They go when the
   tab closes, on signing out, and when anybody signs in again (docs/adr/0006). */
window.SasRecent = (() => {
  "use strict";

  const NAME = "sas.recentes";
  const MOST = 5;
  const form = document.getElementById("question");
  const reader = form ? form.dataset.reader : "";

  function kept() {
    try {
      const found = JSON.parse(window.sessionStorage.getItem(NAME) || "{}");
      if (found.reader === reader && Array.isArray(found.searches)) return found.searches;
      window.sessionStorage.removeItem(NAME);
    } catch {
      // storage refused by the browser, or written by something else: nothing is remembered
    }
    return [];
  }

  function keep(searches) {
    try {
      window.sessionStorage.setItem(NAME, JSON.stringify({ reader, searches }));
    } catch {
      // same as above
    }
  }

  function forget() {
    try {
      window.sessionStorage.removeItem(NAME);
    } catch {
      // same as above
    }
  }

  function run({ what, code, where }) {
    const { text, quoi, loc, lieu, mt, mtid } = form.elements;
    text.value = what;
    loc.value = where;
    if (mt) mt.value = ""; // another patient has another doctor
    for (const [hidden, value] of [[quoi, code], [lieu, ""], [mtid, ""]]) {
      if (!hidden) continue;
      hidden.value = value;
      hidden.disabled = !value;
    }
    form.requestSubmit();
  }

  /** What combobox.js shows under an empty field. */
  function options(field) {
    if (field !== "text") return [];
    return kept().map((search) => ({
      label: search.what,
      detail: search.where,
      group: "Recherches récentes de cet onglet",
      choose: () => run(search),
    }));
  }

  if (form) {
    const { recentWhat: what, recentCode: code, recentWhere: where } = form.dataset;
    const others = kept().filter((search) => search.code !== code || search.where !== where);
    if (what) keep([{ what, code, where }, ...others].slice(0, MOST));
    document.addEventListener("submit", (event) => {
      if (event.target.getAttribute("action") === form.dataset.signOut) forget();
    });
  }

  return { options };
})();
