/* The panel beside a list: slots and links with `data-side` open in it. Not modal; it lies over the edge of the list, so
   that nothing moves; Esc closes it and the focus goes back to what opened it.

   What it shows comes from the server, and is the same as the page behind the link. Whoever fills it is told when it
   closes (« sas:side-close » on the panel): a place that was held is given up. */
(() => {
  "use strict";

  const side = document.getElementById("volet");
  if (!side) return;

  const content = document.getElementById("volet-contenu");
  const state = side.querySelector("[role=status]");
  const RETRIES_MS = [700, 1000, 1500, 2000, 3000, 4000, 5000, 6000];

  let opener = null; // what had the focus when it opened, and how to find its twin: a card may be renewed meanwhile
  let asked = null; // the request under way

  /* --- Open, fill, close ------------------------------------------------------------------------------------------ */

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (!(event.target instanceof Element)) return;
    if (side.contains(event.target) && event.target.closest("[data-close]")) {
      event.preventDefault();
      close();
      return;
    }
    const link = event.target.closest("a.sas-slot, a[data-side]");
    if (!link || link.target === "_blank") return;
    event.preventDefault();
    open(link);
  });

  function open(link) {
    const from = side.contains(link) ? null : link;
    if (!side.hidden) leave();
    if (from) {
      const card = from.closest("[data-cards] > *");
      opener = { element: from, card: card ? card.id : null, part: from.dataset.part };
    }
    side.hidden = false;
    content.replaceChildren();
    load(link.href, link.matches(".sas-slot") ? "Vérification de ce créneau…" : "Ouverture…");
  }

  function load(address, saying, options = {}) {
    if (asked) asked.abort();
    const request = (asked = new AbortController());
    state.textContent = saying;
    fetch(address, { ...options, headers: { "HX-Request": "true" }, signal: request.signal })
      .then(async (response) => ({ response, html: await response.text() }))
      .then(({ response, html }) => {
        if (request !== asked) return;
        asked = null;
        // A whole page: of the sign-in, when the session ended, or of an error.
        if (/<html[\s>]/i.test(html)) {
          window.location.assign(response.redirected ? response.url : address);
          return;
        }
        state.textContent = "";
        fill(html);
      })
      .catch((error) => {
        if (error.name === "AbortError" || request !== asked) return;
        asked = null;
        state.textContent = "La connexion est coupée : rien n’a été enregistré. Appelez le cabinet, ou fermez et réessayez.";
      });
  }

  function fill(html) {
    content.innerHTML = html;
    if (window.htmx) window.htmx.process(content);
    side.scrollTop = 0;
    settle();
    side.dispatchEvent(new CustomEvent("sas:side-filled", { bubbles: true }));
  }

  /** The focus on what is to be done, or else on the title; left alone where it already is in the panel. */
  function settle() {
    if (content.contains(document.activeElement)) return;
    const first = content.querySelector("[data-first]") || content.querySelector("h1, h2");
    if (!first) return;
    if (!first.matches("a, button, input, select")) first.tabIndex = -1;
    first.focus({ preventScroll: true });
  }

  function leave() {
    if (asked) asked.abort();
    asked = null;
    window.clearTimeout(following);
    side.dispatchEvent(new CustomEvent("sas:side-close", { bubbles: true }));
  }

  function close() {
    if (side.hidden) return;
    leave();
    side.hidden = true;
    content.replaceChildren();
    state.textContent = "";
    const back = returnTo();
    opener = null;
    if (back) back.focus({ preventScroll: true });
  }

  function returnTo() {
    if (!opener) return null;
    if (opener.element.isConnected && opener.element.checkVisibility()) return opener.element;
    const card = opener.card ? document.getElementById(opener.card) : null;
    const twin = card && opener.part ? card.querySelector(`[data-part="${CSS.escape(opener.part)}"]`) : null;
    return twin || card;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || side.hidden) return;
    if (document.querySelector("dialog[open]")) return; // the list of keys, the large phone: they close first
    event.preventDefault();
    close();
  });

  /* --- Forms of the panel ----------------------------------------------------------------------------------------- */

  content.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-beside]")) {
      event.preventDefault();
      load(form.action, "Enregistrement…", { method: "POST", body: new FormData(form, event.submitter) });
    } else if (form.matches("[data-leaves]")) {
      const after = content.querySelector("[data-after]");
      after.hidden = false;
      window.clearTimeout(following);
      follow(form.dataset.leaves, after, 0);
    }
  });

  let following = 0;

  /** The editor's page opens in another window; here, what became of the orientation, as soon as it is recorded. */
  function follow(address, after, turn) {
    following = window.setTimeout(async () => {
      if (!after.isConnected) return;
      let answer = null;
      try {
        answer = await fetch(address, { headers: { "HX-Request": "true" } });
      } catch {
        // cut off: asked again, like an orientation that is not recorded yet
      }
      if (!after.isConnected) return;
      const html = answer && answer.ok ? await answer.text() : "";
      if (html && !/<html[\s>]/i.test(html)) {
        after.innerHTML = html;
        if (window.htmx) window.htmx.process(after);
      } else if (turn + 1 < RETRIES_MS.length) {
        follow(address, after, turn + 1);
      } else {
        after.querySelector("[data-waiting]").hidden = true;
        after.querySelector("[data-late]").hidden = false;
      }
    }, RETRIES_MS[turn]);
  }

  /* --- What htmx swaps inside ------------------------------------------------------------------------------------- */

  document.addEventListener("htmx:beforeSwap", (event) => {
    // A refusal is an answer: it is shown where the act was.
    if (side.contains(event.detail.target) && event.detail.xhr.status >= 400) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const focus = document.activeElement;
    if (side.contains(event.detail.target) && (!focus || focus === document.body)) settle();
  });
})();
