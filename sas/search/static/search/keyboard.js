/* One key per act, each shown beside its control. Off in a text field, with a modifier, and altogether when the reader
   says so in the list of keys (WCAG 2.1.4): software that types for people would trigger them. */
(() => {
  "use strict";

  const list = document.querySelector("[data-cards]"); // cards, or rows of the table
  const isCalls = Boolean(list) && list.dataset.cards === "appels";
  const side = document.getElementById("volet-contenu");
  const help = document.getElementById("raccourcis");
  const phone = document.getElementById("telephone");
  const question = document.getElementById("text");
  if (!help) return;

  const SETTING = "sas.raccourcis";
  const toggle = help.querySelector("input[type=checkbox]");
  let current = null;

  /* --- On or off -------------------------------------------------------------------------------------------------- */

  function stored() {
    try {
      return window.localStorage.getItem(SETTING);
    } catch {
      return null; // storage refused by the browser: the keys are on for this page
    }
  }

  function apply() {
    document.documentElement.classList.toggle("sas-keys", toggle.checked);
    mark(current);
    number();
  }

  toggle.checked = stored() !== "non";
  toggle.addEventListener("change", () => {
    try {
      window.localStorage.setItem(SETTING, toggle.checked ? "oui" : "non");
    } catch {
      // same as above
    }
    apply();
  });

  /* --- The current card ------------------------------------------------------------------------------------------- */

  const cards = () => (list ? [...list.children] : []);
  const slotsOf = (card) => [...card.querySelectorAll("a.sas-slot")].filter((slot) => slot.checkVisibility()).slice(0, 9);

  function mark(card) {
    if (!list || isCalls) return;
    for (const old of list.querySelectorAll("[data-key]")) delete old.dataset.key;
    if (!card || !toggle.checked) return;
    slotsOf(card).forEach((slot, index) => {
      slot.dataset.key = String(index + 1);
    });
    const call = card.querySelector(".sas-card__phone");
    if (call) call.dataset.key = "t";
    const enSus = card.querySelector(".sas-card__ensus");
    if (enSus) enSus.dataset.key = "o";
  }

  /** In the list of calls « en sus » the digits name the calls, from top to bottom: nothing is current before. */
  function number() {
    if (!isCalls) return;
    cards().forEach((call, index) => {
      if (index < 9 && toggle.checked) call.dataset.key = String(index + 1);
      else delete call.dataset.key;
    });
  }

  function become(card) {
    if (card === current) return;
    if (current) current.removeAttribute("data-current");
    current = card;
    card.setAttribute("data-current", "");
    mark(card);
  }

  if (list) {
    list.addEventListener("focusin", (event) => {
      const card = event.target.closest("[data-cards] > *");
      if (card) become(card);
    });
    list.addEventListener("toggle", () => mark(current), true);
    document.addEventListener("sas:renewed", (event) => {
      if (event.detail === current) mark(current);
    });
  }

  function go(step) {
    const all = cards();
    if (!all.length) return;
    const at = current && current.isConnected ? all.indexOf(current) : -1;
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    next.focus();
  }

  /* --- Panels ----------------------------------------------------------------------------------------------------- */

  function open(panel) {
    if (panel.open) {
      close(panel);
      return;
    }
    panel.opener = document.activeElement;
    panel.show();
    panel.querySelector("button").focus();
  }

  function close(panel) {
    if (!panel.open) return;
    panel.close();
    if (panel.opener && panel.opener.isConnected) panel.opener.focus({ preventScroll: true });
  }

  for (const panel of [help, phone]) {
    if (!panel) continue;
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close(panel);
    });
    panel.querySelector("button").addEventListener("click", () => close(panel));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") [help, phone].forEach((panel) => panel && close(panel));
  });
  for (const button of document.querySelectorAll("[data-open=raccourcis]")) {
    button.hidden = false;
    button.addEventListener("click", () => open(help));
  }

  function showPhone() {
    const call = current && current.isConnected ? current.querySelector(".sas-card__phone") : null;
    if (!call) return;
    phone.querySelector("[data-name]").textContent = current.querySelector(".sas-card__name").textContent;
    const link = phone.querySelector("a");
    link.href = call.href;
    link.textContent = call.querySelector("[data-number]").textContent;
    open(phone);
  }

  /* --- Keys ------------------------------------------------------------------------------------------------------- */

  const acts = {
    "/": () =>
      question &&
      reveal("question", () => {
        question.focus();
        question.select();
      }),
    j: () => go(1),
    k: () => go(-1),
    t: showPhone,
    o: () => openEnSus(current),
    f: () =>
      reveal("filtres", () => {
        document.querySelector("#filtres [type=checkbox]").focus();
      }),
    n: () => {
      const late = document.getElementById("nouveaux");
      if (late && !late.hidden) late.querySelector("button").click();
    },
    l: () => show("l"),
    b: () => show("b"),
    m: () => show("m"),
    "?": () => open(help),
  };

  /** List, table or map: the link in the head of the results. */
  function show(view) {
    const link = document.querySelector(`[data-view="${view}"]:not([aria-current])`);
    if (link) link.click();
  }

  /** On a narrow screen the form and the filters are folded, and shown when they are the target of the address. */
  function reveal(id, act) {
    const part = document.getElementById(id);
    if (!part) return;
    if (part.checkVisibility()) {
      act();
      return;
    }
    window.addEventListener("hashchange", act, { once: true }); // before it, the browser still moves the focus itself
    window.location.hash = id;
  }

  function isTyping(target) {
    if (!(target instanceof HTMLElement)) return false;
    if (target.isContentEditable || target.matches("textarea, select")) return true;
    return target.matches("input") && !target.matches("[type=checkbox], [type=radio], [type=button], [type=submit]");
  }

  function openEnSus(card) {
    const link = card && card.isConnected ? card.querySelector(isCalls ? ".sas-call__open" : ".sas-card__ensus") : null;
    if (link) link.click();
  }

  /** What the panel beside the list, or the end of the list, offers under this key. */
  function pressed(key) {
    if (key.length !== 1) return null;
    const name = CSS.escape(key);
    const inside = side && side.checkVisibility() ? side.querySelector(`[data-press="${name}"]`) : null;
    return inside || document.querySelector(`a[data-way="${name}"]`);
  }

  function openSlot(number) {
    if (isCalls) {
      const call = cards()[number - 1];
      if (call) {
        become(call);
        openEnSus(call);
      }
      return;
    }
    if (!current || !current.isConnected) return;
    const slot = slotsOf(current)[number - 1];
    if (slot) slot.click();
  }

  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    // By place on the keyboard: on a French one the digits of the top row need Shift.
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    const control = pressed(event.key);
    const act = control && !acts[event.key] ? () => control.click() : acts[event.key];
    if (!act && !digit) return;
    event.preventDefault();
    if (act) act();
    else openSlot(Number(digit[1]));
  });

  apply();
})();
