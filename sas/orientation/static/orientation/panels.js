/* Panels on which a patient is sent, beside the results (search/side.js fills the panel) or as pages of their own: the
   place that is held is counted down and given up when the panel closes; the sentence for the patient is copied. */
(() => {
  "use strict";

  const side = document.getElementById("volet");
  const root = side || document.getElementById("content");
  if (!root) return;

  /* --- Seconds that are left --------------------------------------------------------------------------------------- */

  const started = new WeakMap(); // what counts down → when it was first seen
  const left = (element, seconds) => {
    if (!started.has(element)) started.set(element, performance.now());
    return Math.ceil(seconds - (performance.now() - started.get(element)) / 1000);
  };

  function tick() {
    for (const held of root.querySelectorAll("[data-held]")) {
      const seconds = left(held, Number(held.dataset.held));
      held.querySelector("[data-left]").textContent = String(Math.max(0, seconds));
      if (seconds > 0) continue;
      held.querySelector(".sas-held__left").hidden = true;
      held.querySelector("[data-over]").hidden = false; // said once, by the region of states
    }
    for (const form of root.querySelectorAll("[data-undo]")) {
      const seconds = left(form, Number(form.dataset.undo));
      const words = form.querySelector("[data-left]");
      if (words) words.textContent = String(Math.max(0, seconds));
      if (seconds > 0) continue;
      const had = form.contains(document.activeElement);
      form.remove();
      const title = root.querySelector("h2");
      if (had && title) title.focus();
    }
  }

  /* --- The sentence for the patient -------------------------------------------------------------------------------- */

  function ready() {
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
    tick();
  }

  root.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const text = document.getElementById(button.dataset.copy).innerText;
    const said = root.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copié.";
    } catch {
      const range = document.createRange(); // refused by the browser: selected, to be copied by hand
      range.selectNodeContents(document.getElementById(button.dataset.copy));
      window.getSelection().removeAllRanges();
      window.getSelection().addRange(range);
      said.textContent = "Texte sélectionné : copiez-le avec Ctrl + C.";
    }
  });

  /* --- A place that is held is given up when the panel closes ------------------------------------------------------ */

  function giveUp() {
    const form = root.querySelector("[data-give-up]");
    if (!form) return;
    const held = form.closest("[data-held]");
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true, redirect: "manual" }).catch(() => {
      // cut off: the place is free by itself when its seconds are over
    });
    held.removeAttribute("data-held");
    form.remove();
  }

  root.addEventListener("sas:side-close", giveUp);
  if (side) window.addEventListener("pagehide", giveUp);

  document.addEventListener("htmx:beforeSwap", (event) => {
    // A refusal is an answer: it is shown where the act was.
    if (root.contains(event.detail.target) && event.detail.xhr.status === 409) event.detail.shouldSwap = true;
  });
  root.addEventListener("sas:side-filled", ready);
  document.addEventListener("htmx:afterSettle", ready);
  window.setInterval(tick, 1000);
  ready();
})();
