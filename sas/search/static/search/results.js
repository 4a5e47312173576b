/* Live results: puts each card that the stream brings where it belongs, and moves nothing under the hand.

   htmx holds the connection and swaps the banner and the footer (« etat »). Cards (« carte », « retire ») are placed
   here, because their place depends on what the reader has already read (docs/accessibility.md). */
(() => {
  "use strict";

  const page = document.getElementById("recherche");
  if (!page) return;

  const list = page.querySelector("[data-cards]"); // cards, or rows of the table
  const late = document.getElementById("nouveaux");
  const lateCount = late.querySelector("[data-count]");
  const announcer = document.getElementById("annonce");
  const plain = document.getElementById("page-complete");

  /* --- What was read ---------------------------------------------------------------------------------------------- */

  let furthest = null; // the card furthest down that had the focus
  let hovered = null; // the card under a pointer that has moved

  const cards = () => [...list.children];
  const cardOf = (node) => (node instanceof Element ? node.closest("[data-cards] > *") : null);

  list.addEventListener("focusin", (event) => {
    const card = cardOf(event.target);
    if (!furthest || !furthest.isConnected || isAfter(card, furthest)) furthest = card;
  });
  list.addEventListener("pointermove", (event) => {
    hovered = cardOf(event.target);
  });
  list.addEventListener("pointerleave", () => {
    hovered = null;
  });

  function isAfter(card, other) {
    return Boolean(other.compareDocumentPosition(card) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  /** Index of the last card that counts as read; -1 when reading has not begun. */
  function frontier(all) {
    let scrolledPast = -1;
    while (scrolledPast + 1 < all.length && all[scrolledPast + 1].getBoundingClientRect().top < 0) scrolledPast += 1;
    return Math.max(scrolledPast, all.indexOf(furthest), all.indexOf(hovered));
  }

  /** Runs `change`, then scrolls by as much as it pushed the card that is being read. */
  function keepStill(change) {
    const release = hold();
    change();
    release();
  }

  function hold() {
    const anchor = beingRead();
    const before = anchor ? anchor.getBoundingClientRect().top : 0;
    return () => {
      if (!anchor || !anchor.isConnected) return;
      const pushed = anchor.getBoundingClientRect().top - before;
      if (pushed) window.scrollBy({ top: pushed, behavior: "instant" });
    };
  }

  function beingRead() {
    const focused = cardOf(document.activeElement);
    if (focused && isOnScreen(focused)) return focused;
    if (hovered && hovered.isConnected) return hovered;
    if (window.scrollY === 0) return null;
    return cards().find((card) => card.getBoundingClientRect().bottom > 0) || null;
  }

  function isOnScreen(card) {
    const { top, bottom } = card.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  /* --- Cards ------------------------------------------------------------------------------------------------------ */

  const waiting = new Map(); // id → card that would stand above what was read
  let arrived = []; // messages of this frame

  function flush() {
    const messages = arrived;
    arrived = [];
    if (!messages.length) return;
    keepStill(() => {
      const all = cards();
      let read = frontier(all);
      for (const { type, data } of messages) {
        if (type === "retire") {
          retire(data.trim(), all);
          continue;
        }
        const card = parsed(data);
        if (!card) continue;
        const present = document.getElementById(card.id);
        if (present) {
          renew(present, card);
          continue;
        }
        const at = placeOf(card, all);
        if (at <= read) {
          waiting.set(card.id, card);
          continue;
        }
        waiting.delete(card.id);
        list.insertBefore(card, all[at] || null);
        all.splice(at, 0, card);
      }
    });
    showWaiting();
  }

  function parsed(html) {
    const box = document.createElement("template");
    box.innerHTML = html;
    return box.content.firstElementChild;
  }

  /** Where `card` belongs among `all`, by its order; cards changed in place keep the order they were placed with. */
  function placeOf(card, all) {
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (all[middle].dataset.order <= card.dataset.order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The new content in the old place: the card does not move, the focus and what was unfolded stay. */
  function renew(present, fresh) {
    if (present.dataset.version === fresh.dataset.version) return;
    const focused = present.contains(document.activeElement) ? document.activeElement : null;
    for (const unfolded of present.querySelectorAll("details[open]")) {
      const twin = fresh.querySelector(`details[data-part="${unfolded.dataset.part}"]`);
      if (twin) twin.open = true;
    }
    // Its order stays: it is the place it was given.
    for (const [name, value] of Object.entries(fresh.dataset)) if (name !== "order") present.dataset[name] = value;
    present.className = fresh.className;
    const part = focused && focused !== present ? focused.closest("[data-part]").dataset.part : null;
    present.replaceChildren(...fresh.childNodes);
    if (part) {
      const twin = present.querySelector(`[data-part="${CSS.escape(part)}"]`);
      const target = twin instanceof HTMLDetailsElement ? twin.querySelector("summary") : twin;
      (target || present).focus({ preventScroll: true });
    }
    document.dispatchEvent(new CustomEvent("sas:renewed", { detail: present }));
  }

  function retire(number, all) {
    waiting.delete(`carte-${number}`);
    const card = document.getElementById(`carte-${number}`);
    if (!card) return;
    if (card === cardOf(document.activeElement) || card === hovered) {
      card.classList.add("sas-card--gone"); // under the hand: said, not taken away
      const [said, ...others] = card.querySelectorAll("[data-part=when]");
      if (document.activeElement.closest("[data-part=when]")) card.focus({ preventScroll: true });
      said.replaceChildren(Object.assign(document.createElement("p"), { textContent: "Plus de créneau à proposer." }));
      for (const other of others) other.replaceChildren();
      delete card.dataset.version;
      return;
    }
    all.splice(all.indexOf(card), 1);
    card.remove();
  }

  /* --- « n nouveaux résultats » ----------------------------------------------------------------------------------- */

  function showWaiting() {
    const before = lateCount.textContent;
    const many = waiting.size > 1;
    late.hidden = waiting.size === 0;
    if (late.hidden) return;
    lateCount.textContent = many ? `${waiting.size} nouveaux résultats` : "1 nouveau résultat";
    if (before !== lateCount.textContent) announce(lateCount.textContent);
  }

  late.addEventListener("click", () => {
    const fresh = [...waiting.values()].sort((a, b) => (a.dataset.order < b.dataset.order ? -1 : 1));
    waiting.clear();
    const all = cards();
    for (const card of fresh) {
      const at = placeOf(card, all);
      list.insertBefore(card, all[at] || null);
      all.splice(at, 0, card);
    }
    late.hidden = true;
    lateCount.textContent = "";
    fresh[0].focus();
  });

  /* --- The stream ------------------------------------------------------------------------------------------------- */

  let failures = 0;
  let finished = page.dataset.live !== "1";
  let release = null;

  page.addEventListener("htmx:sseBeforeMessage", (event) => {
    const { type, data } = event.detail;
    failures = 0;
    if (type === "etat") {
      release = hold();
      return;
    }
    event.preventDefault();
    arrived.push({ type, data });
    if (arrived.length > 1) return;
    if (document.hidden) window.setTimeout(flush, 50);
    else window.requestAnimationFrame(flush);
  });
  page.addEventListener("htmx:sseMessage", () => {
    if (release) release();
    release = null;
  });
  page.addEventListener("htmx:sseClose", () => {
    finished = true;
    plain.hidden = true;
    flush();
    const counts = document.querySelector("#etat .sas-counts");
    const troubles = [...document.querySelectorAll("#etat .sas-trouble")].map((line) => line.textContent.trim());
    // Without counts, the banner is the sentence of a search that broke off or was refused: it did not end well.
    announce([...(counts ? ["Recherche terminée.", counts.textContent.trim()] : []), ...troubles].join(" "));
  });
  page.addEventListener("htmx:sseOpen", () => {
    plain.hidden = true;
  });
  page.addEventListener("htmx:sseError", () => {
    failures += 1;
    if (!finished && failures > 1) plain.hidden = false; // it goes on trying; meanwhile, a way out
  });

  let announced = 0;
  function announce(text) {
    window.clearTimeout(announced);
    announced = window.setTimeout(() => {
      announcer.textContent = text;
    }, 300);
  }

  /* --- Ages ------------------------------------------------------------------------------------------------------- */

  const skew = Date.now() - Number(page.dataset.now) * 1000; // this computer's clock may be wrong

  function age(since) {
    const seconds = (Date.now() - skew - Date.parse(since)) / 1000;
    if (!(seconds >= 5)) return "vérifié à l’instant";
    return seconds < 90 ? `vérifié il y a ${Math.round(seconds)} s` : `vérifié il y a ${Math.round(seconds / 60)} min`;
  }

  window.setInterval(() => {
    if (document.hidden) return;
    for (const time of list.querySelectorAll(".sas-age")) {
      const text = age(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }, 5000);

  document.documentElement.classList.add("sas-anchored");
  showWaiting();
})();
