// A file chosen is laid into the field where its text could also be pasted. It leaves the device with the form only.
"use strict";
(() => {
  const choice = document.querySelector("[data-file]"), text = document.getElementById("file");
  if (!choice || !text || !window.Blob?.prototype.text) return;
  const BYTES_MAX = 1048576, file = choice.querySelector("input");
  choice.hidden = false;
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    text.value = await chosen.slice(0, BYTES_MAX).text();
    text.focus();
  });
})();
