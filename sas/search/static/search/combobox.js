/* Suggestions under a text field: the ARIA 1.2 combobox with a list box.

   <div data-suggest="/url" data-value="name" data-chosen="value" data-near="other name"> <input> </div>

   Without this script the field is a plain text field, and what is typed is understood by the server. With it, the
   value of the chosen suggestion goes along in a hidden input, until the text is edited again. Suggestions are data:
   they enter the page as text only. Lines that have a group stand under its title; data-near names the field whose
   chosen value goes along, so that the nearest come first. Nothing is kept here: see recent.js. */
(() => {
  "use strict";

  const DELAY = 120;
  const SHORTEST = 2;

  class Combobox {
    constructor(field) {
      this.url = field.dataset.suggest;
      this.near = field.dataset.near;
      this.input = field.querySelector("input");
      this.hidden = this.makeHidden(field);
      this.list = this.makeList();
      this.status = this.makeStatus();
      field.append(this.hidden, this.list, this.status);
      this.options = [];
      this.lines = [];
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
      const list = document.createElement("div");
      list.id = `${this.input.id}-liste`;
      list.className = "sas-options";
      list.setAttribute("aria-label", "Propositions");
      list.setAttribute("role", "listbox");
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
      this.input.addEventListener("focus", () => this.recall());
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
        this.recall();
        return;
      }
      this.timer = window.setTimeout(() => this.ask(), DELAY);
    }

    /** What recent.js remembers, when nothing is typed. */
    recall() {
      if (this.input.value.trim()) return;
      const options = (window.SasRecent && window.SasRecent.options(this.input.name)) || [];
      if (options.length) this.show(options);
    }

    async ask() {
      if (this.asked) this.asked.abort();
      const asked = (this.asked = new AbortController());
      const typed = this.input.value;
      try {
        const question = new URLSearchParams({ q: typed.trim() });
        const near = this.near && this.input.form.elements[this.near];
        if (near && near.value) question.set(this.near, near.value);
        const answer = await fetch(`${this.url}?${question}`, {
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
      this.lines = options.map((option, index) => this.line(option, index));
      this.list.replaceChildren(...this.grouped());
      this.open(options.length > 0);
      const many = options.length > 1 ? "s" : "";
      this.say(options.length ? `${options.length} proposition${many}, flèches haut et bas pour choisir` : "Aucune proposition");
    }

    /** The lines as they are; under a title where they have a group: `group` inside `listbox`, never a second list. */
    grouped() {
      const groups = new Map();
      for (const [index, option] of this.options.entries()) {
        const name = option.group || "";
        groups.set(name, [...(groups.get(name) || []), this.lines[index]]);
      }
      return [...groups].flatMap(([name, lines], index) => {
        if (!name) return lines;
        const title = document.createElement("div");
        title.id = `${this.list.id}-groupe-${index}`;
        title.className = "sas-options__group";
        title.setAttribute("role", "presentation");
        title.textContent = name;
        const group = document.createElement("div");
        group.setAttribute("role", "group");
        group.setAttribute("aria-labelledby", title.id);
        group.append(title, ...lines);
        return [group];
      });
    }

    line(option, index) {
      const line = document.createElement("div");
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
        else this.recall();
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
      const { lines } = this;
      // One stop more than there are lines: the text as typed.
      this.active = ((this.active + 1 + step + lines.length + 1) % (lines.length + 1)) - 1;
      for (const [index, line] of lines.entries()) {
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
      if (option.choose) {
        this.close();
        option.choose();
        return;
      }
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
