// Passkeys: ask the server what to ask, let the browser ask the person, send the answer.
// Without it the other ways in are there as before.
"use strict";
(() => {
  if (!window.PublicKeyCredential || !window.fetch) return;
  const WAYS = { add: ["create", "/v1/passkeys"], enter: ["get", "/v1/sessions/passkey"], prove: ["get", "/v1/proof"] };

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const read = (options) => ({
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    ...Object.fromEntries(["allowCredentials", "excludeCredentials"].filter((list) => options[list])
      .map((list) => [list, options[list].map((one) => ({ ...one, id: bytes(one.id) }))])),
  });

  const written = ({ rawId, type, response }) => {
    const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const said = fields.filter((name) => response[name]).map((name) => [name, text(response[name])]);
    return { id: text(rawId), rawId: text(rawId), type, response: Object.fromEntries(said) };
  };

  const post = async (path, body) => {
    const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, { method: "POST", credentials: "same-origin", headers, body: body && JSON.stringify(body) });
    const said = answer.status === 204 ? {} : await answer.json();
    if (answer.ok) return said;
    if (answer.status === 401 && said.code === "identity.sign_in_needed") location.assign(`/sign-in?to=${location.pathname}`);
    if (said.code === "identity.step_up_needed") location.assign(`/confirm?to=${location.pathname}`);
    throw { said: `${said.title}. ${said.detail} ${said.remedy}` };
  };

  const run = async (form) => {
    const [act, path] = WAYS[form.dataset.passkey];
    const { public_key: options } = await post(`${path}/challenge`);
    const credential = await navigator.credentials[act]({ publicKey: read(options) });
    const label = form.elements.label && { label: form.elements.label.value.trim() };
    await post(path, { ...label, credential: written(credential) });
    location.assign(form.dataset.to);
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const words = form.querySelector("[data-said]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      words.textContent = "";
      try { await run(form); } catch (error) { words.textContent = error.said || form.dataset.gaveUp; }
      button.disabled = false;
    });
  }
})();
