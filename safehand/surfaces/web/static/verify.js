// A receipt chosen as a file is laid into the field where it could also be pasted. It leaves the device on "check" only.
"use strict";
(() => {
  const choice = document.querySelector("[data-file]"), text = document.getElementById("receipt");
  if (!choice || !text || !window.Blob?.prototype.text) return;
  const BYTES_MAX = 65536, file = choice.querySelector("input");
  choice.hidden = false;
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    text.value = await chosen.slice(0, BYTES_MAX).text();
    text.focus();
  });
})();
