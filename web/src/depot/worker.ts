// Keeps the screens themselves on the tablet, so that they open without the server. What they know and say is in the box.

const worker = self as unknown as ServiceWorkerGlobalScope;

const PAGE = '/depot';
const PATIENCE_MS = 3_000;
/** Files named by their own hash: once fetched they are right for ever. */
const KEPT = /^\/(built|look)\//;
const cacheName = `depot-${new URL(worker.location.href).searchParams.get('v') ?? ''}`;

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(page(request));
  else if (KEPT.test(url.pathname)) event.respondWith(file(request));
});

async function install(): Promise<void> {
  const files = (await (await fetch('/depot/files', { cache: 'no-store' })).json()) as string[];
  const cache = await caches.open(cacheName);
  await Promise.all([cache.addAll(files), keepPage(cache, await fetch(PAGE, { cache: 'no-store' }))]);
  await worker.skipWaiting();
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name !== cacheName && name.startsWith('depot-')) await caches.delete(name);
  await worker.clients.claim();
}

/** The page as the server gives it now; as it was last, where the server does not answer soon. */
async function page(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    await keepPage(cache, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(PAGE);
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Only the page itself: never the way to sign in, nor a refusal. */
async function keepPage(cache: Cache, answer: Response): Promise<void> {
  if (answer.ok && !answer.redirected && answer.type === 'basic' && new URL(answer.url).pathname === PAGE) await cache.put(PAGE, answer);
}

async function file(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
