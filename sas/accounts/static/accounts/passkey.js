/* Passkeys. A form marked `data-passkey` asks the browser before it is sent: « register » makes a key, « authenticate »
   proves one. Its options are in the page (`data-passkey-options`: an id) or behind an address
   (`data-passkey-options-url`). Without this script, or in a browser without passkeys, the form stays hidden. */
(() => {
  const SAID = {
    NotAllowedError: "Rien n’a été confirmé : l’appareil a renoncé, ou le délai est passé. Réessayez.",
    InvalidStateError: "Cet appareil a déjà une clé d’accès pour votre compte.",
    SecurityError: "Les clés d’accès ne fonctionnent pas à cette adresse : ouvrez le site par son nom, pas par un numéro.",
  };
  const OTHERWISE = "La clé d’accès n’a pas pu être utilisée. Réessayez, ou entrez d’une autre façon.";

  async function optionsOf(form) {
    if (form.dataset.passkeyOptions) {
      return JSON.parse(document.getElementById(form.dataset.passkeyOptions).textContent);
    }
    const answer = await fetch(form.dataset.passkeyOptionsUrl, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).request_options;
  }

  async function ask(form) {
    const options = await optionsOf(form);
    return form.dataset.passkey === "register" ? window.webauthnJSON.create(options) : window.webauthnJSON.get(options);
  }

  function say(form, text) {
    const place = form.querySelector("[data-passkey-error]");
    place.className = text ? "fr-error-text fr-mt-1w" : ""; // of the design system, it would show what is hidden
    place.textContent = text;
    place.hidden = !text;
  }

  if (!window.PublicKeyCredential || !window.webauthnJSON) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button[type=submit]");
      button.disabled = true;
      say(form, "");
      try {
        form.elements.credential.value = JSON.stringify(await ask(form));
        form.submit();
      } catch (error) {
        say(form, SAID[error.name] || OTHERWISE);
        button.disabled = false;
        button.focus();
      }
    });
  }
  for (const text of document.querySelectorAll("[data-passkey-absent]")) text.hidden = true;
})();
