// A page that moves: on a word from the server, fetch this page again and swap the parts that differ.
// Without it nothing is lost: loading the page again shows the same.
"use strict";
(() => {
  const root = document.querySelector("[data-live]");
  if (!root || !window.EventSource || !window.fetch) return;
  const REST_MS = 700, PATIENCE_MS = 2500, PATIENCE = 8;
  let busy = false, again = false, timer = 0, lost = false, patience = PATIENCE;

  const swap = (fresh) => {
    for (const old of document.querySelectorAll("[data-part]")) {
      const part = fresh.querySelector(`[data-part="${old.dataset.part}"]`);
      if (!part || part.isEqualNode(old)) continue;
      if (old.contains(document.activeElement) && document.activeElement !== document.body) continue;
      old.replaceWith(document.adoptNode(part));
    }
    document.title = fresh.title;
    later();
  };

  // What waits to be signed into the log changes by itself within seconds, and nothing else would tell.
  const later = () => {
    if (document.querySelector('[data-part] [data-status="unverified"]') && patience-- > 0) setTimeout(soon, PATIENCE_MS);
  };

  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
      if (answer.ok && !answer.redirected) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { lost = true; }
    busy = false;
    if (again) { again = false; soon(); }
  };

  const soon = () => {
    if (document.hidden) { again = true; return; }
    if (!timer) timer = setTimeout(() => { timer = 0; refresh(); }, REST_MS);
  };

  const say = (on) => { for (const light of document.querySelectorAll("[data-light]")) light.hidden = !on; };
  const source = new EventSource(root.dataset.live);
  source.addEventListener("moved", () => { patience = PATIENCE; soon(); });
  source.addEventListener("open", () => { say(true); if (lost) { lost = false; soon(); } });
  source.addEventListener("error", () => { say(false); lost = true; });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && again) { again = false; soon(); }
  });
  addEventListener("pagehide", () => source.close());
  later();
})();
