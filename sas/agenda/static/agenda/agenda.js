/* The agenda by keyboard, and forms that fold what is not asked. Everything here also works without: links and fields. */
(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const columns = () => [...document.querySelectorAll("[data-day]")].filter((day) => items(day).length);
  const items = (day) => [...day.querySelectorAll("[data-block], [data-add]")];
  const top = (item) => item.getBoundingClientRect().top;

  function beside(day, from) {
    return items(day).reduce((best, one) => (Math.abs(top(one) - top(from)) < Math.abs(top(best) - top(from)) ? one : best));
  }

  function moved(key, current) {
    const days = columns();
    const day = current.closest("[data-day]");
    const at = days.indexOf(day);
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[key];
    if (key === "ArrowDown" || key === "ArrowUp") {
      const list = items(day);
      return list[list.indexOf(current) + step] || (getComputedStyle(day.parentElement).display === "grid" ? null : days[at + step] && items(days[at + step]).at(step === 1 ? 0 : -1));
    }
    return days[at + step] && beside(days[at + step], current);
  }

  function press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (!document.querySelector("[data-week]")) return;
    const current = document.activeElement.closest("[data-block], [data-add]");
    if (event.key.startsWith("Arrow")) {
      const next = current && moved(event.key, current);
      if (!next) return;
      event.preventDefault();
      next.focus();
    } else if (event.key === "c") {
      const day = current ? current.closest("[data-day]") : document.querySelector(".agenda-day--today, [data-day]");
      const link = (day && day.querySelector("[data-add]")) || document.querySelector("[data-create], [data-add]");
      if (link) link.click();
    } else if (event.key === "Delete" && current && current.dataset.remove) {
      window.location.assign(current.dataset.remove);
    }
  }

  /* « Autre jour », « Autre horaire », « À une date »: the fields beside a choice show when it is made. */
  function fold(group) {
    const other = group.querySelector("input[type=radio][value=autre], input[type=radio][value=date]");
    const pair = group.querySelector(".agenda-pair");
    if (!other || !pair) return;
    const show = () => {
      pair.hidden = !other.checked && !pair.querySelector("[aria-invalid]");
      if (other.checked || other.value !== "autre") return;
      for (const field of pair.querySelectorAll("input")) field.value = "";
    };
    group.addEventListener("change", (event) => {
      if (event.target.type === "radio") show();
    });
    show();
  }

  /* How many patients, or how long each: only the one that goes with what is offered. */
  function foldKind(form) {
    const wraps = { band: form.querySelector("#id_capacity"), decoupe: form.querySelector("#id_split_minutes") };
    if (!wraps.band) return;
    const show = () => {
      const chosen = (form.querySelector("input[name=kind]:checked") || {}).value;
      for (const [kind, field] of Object.entries(wraps)) field.parentElement.hidden = kind !== chosen && !field.hasAttribute("aria-invalid");
    };
    form.addEventListener("change", (event) => {
      if (event.target.name === "kind") show();
    });
    show();
  }

  function expire() {
    const banner = document.querySelector("[data-minute]");
    if (banner) setTimeout(() => banner.remove(), 60000);
  }

  function start() {
    for (const help of document.querySelectorAll("[data-keys]")) help.hidden = false;
    expire();
  }

  for (const group of document.querySelectorAll("form[data-offer] .agenda-group")) fold(group);
  for (const form of document.querySelectorAll("form[data-offer]")) foldKind(form);
  document.addEventListener("keydown", press);
  document.addEventListener("htmx:afterSwap", start);
  start();
})();
