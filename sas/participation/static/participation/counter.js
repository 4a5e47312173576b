// Says how many characters are left in a text (data-counter: the most), once typing pauses. Without it the server says.
const PAUSE_MS = 400;

for (const field of document.querySelectorAll("textarea[data-counter]")) {
  const most = Number(field.dataset.counter);
  const line = document.createElement("p");
  line.className = "fr-hint-text fr-mt-1v";
  line.setAttribute("aria-live", "polite");
  field.after(line);
  let timer = 0;
  const say = () => {
    // As the server counts: characters, not UTF-16 units, without blanks around.
    const left = most - [...field.value.trim()].length;
    const count = Math.abs(left).toLocaleString("fr-FR");
    const plural = Math.abs(left) > 1 ? "s" : "";
    line.textContent = left < 0 ? `${count} caractère${plural} de trop` : `${count} caractère${plural} restant${plural}`;
    line.classList.toggle("fr-error-text", left < 0);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(say, PAUSE_MS);
  });
  say();
}
