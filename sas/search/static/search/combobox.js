/* Suggestions under a text field: the ARIA 1.2 combobox with a list box.

   <div data-suggest="/url" data-value="name" data-chosen="value"> <input> </div>

   Without this script the field is a plain text field, and what is typed is understood by the server. With it, the
   value of the chosen suggestion goes along in a hidden input, until the text is edited again. Suggestions are data:
   they enter the page as text only. Nothing is kept in the browser: a place may be a patient's address. */
(() => {
  "use strict";

  const DELAY = 120;
  const SHORTEST = 2;

  class Combobox {
    constructor(field) {
      this.url = field.dataset.suggest;
      this.input = field.querySelector("input");
      this.hidden = this.makeHidden(field);
      this.list = this.makeList();
      this.status = this.makeStatus();
      field.append(this.hidden, this.list, this.status);
      this.options = [];
      this.active = -1;
      this.asked = null;
      this.timer = 0;
      this.dress();
      this.listen();
    }

    makeHidden(field) {
      const hidden = document.createElement("input");
      hidden.type = "hidden";
      hidden.name = field.dataset.value;
      hidden.value = field.dataset.chosen || "";
      hidden.disabled = !hidden.value;
      return hidden;
    }

    makeList() {
      const list = document.createElement("ul");
      list.id = `${this.input.id}-liste`;
      list.className = "sas-options";
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", "Propositions");
      list.hidden = true;
      return list;
    }

    makeStatus() {
      const status = document.createElement("span");
      status.className = "sas-visually-hidden";
      status.setAttribute("role", "status");
      return status;
    }

    dress() {
      const { input } = this;
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-autocomplete", "list");
      input.setAttribute("aria-expanded", "false");
      input.setAttribute("aria-controls", this.list.id);
      input.setAttribute("autocomplete", "off");
      input.setAttribute("spellcheck", "false");
    }

    listen() {
      this.input.addEventListener("input", () => this.edited());
      this.input.addEventListener("keydown", (event) => this.pressed(event));
      this.input.addEventListener("blur", () => this.close());
      // Not « click »: the field would lose focus, and the list would close, before it.
      this.list.addEventListener("pointerdown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const line = event.target.closest("[role=option]");
        if (line) this.choose(Number(line.dataset.index));
      });
    }

    edited() {
      this.keep("");
      window.clearTimeout(this.timer);
      if (this.input.value.trim().length < SHORTEST) {
        this.close();
        return;
      }
      this.timer = window.setTimeout(() => this.ask(), DELAY);
    }

    async ask() {
      if (this.asked) this.asked.abort();
      const asked = (this.asked = new AbortController());
      const typed = this.input.value;
      try {
        const answer = await fetch(`${this.url}?q=${encodeURIComponent(typed.trim())}`, {
          headers: { Accept: "application/json" },
          signal: asked.signal,
        });
        const options = answer.ok ? await answer.json() : [];
        if (asked === this.asked && typed === this.input.value && document.activeElement === this.input) {
          this.show(options);
        }
      } catch {
        // Aborted, or the network failed: the text itself can still be searched.
        if (asked === this.asked) this.close();
      }
    }

    show(options) {
      this.options = options;
      this.active = -1;
      this.input.removeAttribute("aria-activedescendant");
      this.list.replaceChildren(...options.map((option, index) => this.line(option, index)));
      this.open(options.length > 0);
      const many = options.length > 1 ? "s" : "";
      this.say(options.length ? `${options.length} proposition${many}, flèches haut et bas pour choisir` : "Aucune proposition");
    }

    line(option, index) {
      const line = document.createElement("li");
      line.id = `${this.list.id}-${index}`;
      line.dataset.index = String(index);
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      const label = document.createElement("span");
      label.textContent = option.label;
      const detail = document.createElement("span");
      detail.className = "sas-options__detail";
      detail.textContent = option.detail ? ` ${option.detail}` : "";
      line.append(label, detail);
      return line;
    }

    pressed(event) {
      if (event.isComposing || event.ctrlKey || event.metaKey) return;
      const opened = !this.list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (opened) this.move(event.key === "ArrowDown" ? 1 : -1);
        else if (this.input.value.trim().length >= SHORTEST) this.ask();
      } else if (event.key === "Enter" && opened && this.active >= 0) {
        event.preventDefault();
        this.choose(this.active);
      } else if (event.key === "Tab" && opened && this.active >= 0) {
        this.choose(this.active);
      } else if (event.key === "Escape" && opened) {
        event.preventDefault();
        this.close();
      }
    }

    move(step) {
      const lines = this.list.children;
      // One stop more than there are lines: the text as typed.
      this.active = ((this.active + 1 + step + lines.length + 1) % (lines.length + 1)) - 1;
      for (const [index, line] of [...lines].entries()) {
        line.setAttribute("aria-selected", String(index === this.active));
      }
      const line = lines[this.active];
      if (line) {
        this.input.setAttribute("aria-activedescendant", line.id);
        line.scrollIntoView({ block: "nearest" });
      } else {
        this.input.removeAttribute("aria-activedescendant");
      }
    }

    choose(index) {
      const option = this.options[index];
      this.input.value = option.label;
      this.keep(option.value);
      this.close();
      this.say(`${option.label} choisi`);
    }

    keep(value) {
      this.hidden.value = value;
      this.hidden.disabled = !value;
    }

    open(opened) {
      this.list.hidden = !opened;
      this.input.setAttribute("aria-expanded", String(opened));
    }

    close() {
      window.clearTimeout(this.timer);
      if (this.asked) this.asked.abort();
      this.asked = null;
      this.active = -1;
      this.input.removeAttribute("aria-activedescendant");
      this.open(false);
      this.say("");
    }

    say(text) {
      this.status.textContent = text;
    }
  }

  for (const field of document.querySelectorAll("[data-suggest]")) new Combobox(field);
})();
