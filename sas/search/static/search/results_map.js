/* The map of the results: one marker a card, numbered as the list; cards and markers show each other.

   It reads the list and nothing else, so that a card that comes late is on the map as soon as it is in the list
   (results.js places it). Markers that would cover each other are drawn as one. */
(() => {
  "use strict";

  const canvas = document.querySelector(".sas-map__canvas");
  const list = document.querySelector("[data-cards]");
  if (!canvas || !list || !window.SasMap) return;

  const WIDE = 92; // pixels of a marker
  const HIGH = 28;
  const SOONEST = ["now", "day", "later", "unknown", "none"];
  const again = document.querySelector(".sas-map__again");
  const place = [Number(canvas.dataset.lat), Number(canvas.dataset.lon)];
  const map = window.SasMap.create(canvas);
  const layer = L.layerGroup();

  let moved = false; // by the reader: from then on, the map stays where it was put
  let ours = false; // a move that nobody asked for

  function quietly(move) {
    ours = true;
    move();
    ours = false;
  }

  /* --- Where it looks --------------------------------------------------------------------------------------------- */

  const circle = L.circle(place, { radius: Number(canvas.dataset.radius) * 1000, className: "sas-circle", interactive: false });
  quietly(() => {
    map.setView(place, 11, { animate: false });
    circle.addTo(map);
    map.fitBounds(circle.getBounds(), { animate: false });
  });
  L.marker(place, { icon: L.divIcon({ className: "sas-here", html: text("span", "✛") }), keyboard: false, interactive: false }).addTo(map);
  layer.addTo(map);

  map.on("moveend", () => {
    if (ours) return;
    moved = true;
    offer();
  });

  /** « Chercher dans cette zone »: from the middle of the map, as far as its nearest edge. */
  function offer() {
    const middle = map.getCenter().wrap();
    const bounds = map.getBounds();
    const edges = [L.latLng(middle.lat, bounds.getEast()), L.latLng(bounds.getNorth(), middle.lng)];
    const kilometres = Math.min(...edges.map((edge) => map.distance(map.getCenter(), edge))) / 1000;
    again.elements.lat.value = middle.lat.toFixed(5);
    again.elements.lon.value = middle.lng.toFixed(5);
    again.elements.rayon.value = Math.min(Math.max(kilometres, 0.5), 500).toFixed(1);
    again.hidden = false;
  }

  /* --- Markers ---------------------------------------------------------------------------------------------------- */

  let groups = []; // { at: [lat, lon], cards: [{ node, number, … }], marker }

  function read() {
    return [...list.children].map((node, index) => ({
      node,
      number: index + 1,
      at: [Number(node.dataset.lat), Number(node.dataset.lon)],
      soon: node.dataset.soon,
      first: node.dataset.first,
      name: node.querySelector(".sas-card__name").textContent.trim(),
    }));
  }

  /** Cards whose markers would cover each other at this zoom, the first of the list leading. */
  function gathered(cards) {
    const found = [];
    for (const card of cards) {
      const point = map.latLngToLayerPoint(card.at);
      const near = found.find((group) => Math.abs(group.point.x - point.x) < WIDE && Math.abs(group.point.y - point.y) < HIGH);
      if (near) near.cards.push(card);
      else found.push({ at: card.at, point, cards: [card] });
    }
    return found;
  }

  function text(tag, content, className = "") {
    return Object.assign(document.createElement(tag), { textContent: content, className });
  }

  function soonest(cards) {
    return cards.reduce((best, card) => (SOONEST.indexOf(card.soon) < SOONEST.indexOf(best.soon) ? card : best));
  }

  function label({ number, first, soon }) {
    return `${number} · ${first || (soon === "unknown" ? "?" : "–")}`;
  }

  function said({ number, name, first, soon }) {
    return `${number}, ${name}, ${first ? `premier créneau ${first}` : soon === "unknown" ? "disponibilités inconnues" : "sans créneau"}`;
  }

  function draw() {
    const focused = groups.find((group) => group.marker.getElement() === document.activeElement);
    const popped = groups.find((group) => group.marker.isPopupOpen());
    layer.clearLayers();
    groups = gathered(read());
    for (const group of groups) {
      const best = soonest(group.cards);
      const several = group.cards.length > 1;
      const pin = text("span", several ? `${label(best)} +${group.cards.length - 1}` : label(best), `sas-pin sas-pin--${best.soon}`);
      group.marker = L.marker(group.at, {
        icon: L.divIcon({ className: "sas-pin-spot", html: pin, iconSize: null }),
        zIndexOffset: 100 * (SOONEST.length - SOONEST.indexOf(best.soon)),
        riseOnHover: true,
      });
      group.marker.bindPopup(() => sheet(group.cards), { maxHeight: 220, autoPan: false, closeButton: false });
      group.marker.on("click", () => chosen(group));
      group.marker.addTo(layer);
      dress(group, several);
    }
    const stop = groups.find((group) => focused && group.cards[0].node === focused.cards[0].node) || groups[0];
    if (stop) stop.marker.getElement().tabIndex = 0;
    if (focused && stop) stop.marker.getElement().focus({ preventScroll: true });
    const reopened = popped && groups.find((group) => group.cards[0].node === popped.cards[0].node);
    if (reopened) reopened.marker.openPopup();
    for (const node of list.querySelectorAll(":scope > .sas-card--shown")) show(node, true);
    if (!moved && groups.length) everybodyInSight();
  }

  /** One stop of the Tab key for all markers; arrows go from one to the next (a map may hold two hundred). */
  function dress(group, several) {
    const element = group.marker.getElement();
    element.tabIndex = -1;
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", group.cards.slice(0, 5).map(said).join(" ; ") + (group.cards.length > 5 ? ` ; et ${group.cards.length - 5} autres` : ""));
    if (several) element.setAttribute("aria-haspopup", "true");
    element.addEventListener("keydown", (event) => pressed(event, group));
    element.addEventListener("focus", () => group.cards.forEach(({ node }) => light(node, true)));
    element.addEventListener("blur", () => group.cards.forEach(({ node }) => light(node, false)));
    element.addEventListener("pointerenter", () => group.cards.forEach(({ node }) => light(node, true)));
    element.addEventListener("pointerleave", () => group.cards.forEach(({ node }) => light(node, false)));
  }

  function pressed(event, group) {
    const at = groups.indexOf(group);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -at, End: groups.length - 1 - at }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      chosen(group);
    } else if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      const next = groups[(at + step + groups.length) % groups.length];
      group.marker.getElement().tabIndex = -1;
      quietly(() => map.panInside(next.at, { padding: [60, 40], animate: false }));
      next.marker.getElement().tabIndex = 0;
      next.marker.getElement().focus({ preventScroll: true });
    }
  }

  function chosen(group) {
    if (group.cards.length === 1) {
      group.marker.closePopup();
      group.cards[0].node.focus();
      return;
    }
    group.marker.openPopup();
    const first = group.marker.getPopup().getElement().querySelector("button");
    if (first) first.focus();
  }

  /** Who stands here: one button each, to the card. */
  function sheet(cards) {
    const lines = text("ul", "", "fr-raw-list sas-map__people");
    for (const card of cards) {
      const line = document.createElement("li");
      const button = Object.assign(text("button", `${label(card)} — ${card.name}`), { type: "button" });
      button.addEventListener("click", () => card.node.focus());
      line.append(button);
      lines.append(line);
    }
    lines.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      const group = groups.find((one) => one.cards[0].node === cards[0].node);
      map.closePopup();
      if (group) group.marker.getElement().focus({ preventScroll: true });
    });
    return lines;
  }

  function everybodyInSight() {
    const bounds = map.getBounds();
    if (groups.every((group) => bounds.contains(group.at))) return;
    quietly(() => map.fitBounds(L.latLngBounds(groups.map((group) => group.at)).extend(circle.getBounds()), { animate: false }));
  }

  /* --- Card ↔ marker ---------------------------------------------------------------------------------------------- */

  function light(node, on) {
    node.classList.toggle("sas-card--lit", on);
  }

  function show(node, on) {
    node.classList.toggle("sas-card--shown", on);
    const group = groups.find((one) => one.cards.some((card) => card.node === node));
    if (!group) return;
    group.marker.getElement().classList.toggle("sas-pin-spot--on", on);
    group.marker.setZIndexOffset(on ? 10000 : 100);
  }

  const cardOf = (target) => (target instanceof Element ? target.closest("[data-cards] > *") : null);
  let shown = null;

  function turnTo(node) {
    if (node === shown) return;
    if (shown) show(shown, false);
    shown = node;
    if (node) show(node, true);
  }

  list.addEventListener("focusin", (event) => {
    const node = cardOf(event.target);
    turnTo(node);
    if (node) quietly(() => map.panInside([Number(node.dataset.lat), Number(node.dataset.lon)], { padding: [60, 40], animate: false }));
  });
  list.addEventListener("pointerover", (event) => turnTo(cardOf(event.target)));
  list.addEventListener("pointerleave", () => turnTo(cardOf(document.activeElement)));

  /* --- Follows the list ------------------------------------------------------------------------------------------- */

  let due = false;
  function soon() {
    if (due) return;
    due = true;
    window.setTimeout(() => {
      due = false;
      draw();
    }, 60);
  }

  new MutationObserver(soon).observe(list, { childList: true });
  document.addEventListener("sas:renewed", soon);
  map.on("zoomend", soon);
  new ResizeObserver(() => quietly(() => map.invalidateSize({ animate: false }))).observe(canvas);
  draw();
})();
