/* What every map of the platform shares: Leaflet in French, its background, zones of communes.

   Background: tiles when the operator gives some (data-tiles), else the outlines of departments (data-outlines). Nothing
   that comes from data is ever written as HTML (spec/pitfalls 49): popups and markers are nodes with text.

   A zone: <div data-zone-map='[{"name": "Lille", "lat": 50.63, "lon": 3.06, "radius": 3.2}]' data-name="…"
   data-tiles data-outlines></div>, kilometres; the page says the same communes as a list beside it. */
window.SasMap = (() => {
  "use strict";

  const FURTHEST_OUT = 3;
  const CLOSEST = 18;

  /** A map in `canvas`, without a view yet; `canvas.dataset`: name, help (id), tiles, outlines. */
  function create(canvas) {
    canvas.replaceChildren(); // what it says to whom has no script
    const map = L.map(canvas, {
      attributionControl: false, // written by the page, as text
      zoomControl: false,
      minZoom: FURTHEST_OUT,
      maxZoom: CLOSEST,
      zoomAnimation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      scrollWheelZoom: true,
    });
    L.control.zoom({ zoomInTitle: "Agrandir la carte", zoomOutTitle: "Réduire la carte" }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    // Arrows and + − move it: software that reads screens must hand them over.
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", canvas.dataset.name);
    if (canvas.dataset.help) canvas.setAttribute("aria-describedby", canvas.dataset.help);
    if (canvas.dataset.tiles) L.tileLayer(canvas.dataset.tiles, { maxZoom: CLOSEST }).addTo(map);
    else drawOutlines(map, canvas);
    return map;
  }

  async function drawOutlines(map, canvas) {
    if (!canvas.dataset.outlines) return;
    try {
      const answer = await fetch(canvas.dataset.outlines);
      if (!answer.ok) return;
      const style = { className: "sas-outline", weight: 1, fill: true, interactive: false };
      L.geoJSON(await answer.json(), { style, interactive: false }).addTo(map).bringToBack();
      canvas.dataset.drawn = "1";
    } catch {
      // A map without a background still says who is where, and the list says the rest.
    }
  }

  function drawZone(canvas) {
    let communes = [];
    try {
      communes = JSON.parse(canvas.dataset.zoneMap);
    } catch {
      return;
    }
    if (!communes.length) return;
    canvas.hidden = false;
    const map = create(canvas);
    const zone = L.featureGroup();
    for (const commune of communes) {
      const text = Object.assign(document.createElement("span"), { textContent: commune.name });
      L.circle([commune.lat, commune.lon], { radius: commune.radius * 1000, className: "sas-zone", interactive: true })
        .bindTooltip(text)
        .addTo(zone);
    }
    // The bounds of a circle are only known on a map that looks somewhere.
    map.setView([communes[0].lat, communes[0].lon], 9);
    zone.addTo(map);
    map.fitBounds(zone.getBounds(), { animate: false, padding: [12, 12] });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const canvas of document.querySelectorAll("[data-zone-map]")) drawZone(canvas);
  });

  return { create };
})();
