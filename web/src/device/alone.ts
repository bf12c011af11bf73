// One window at a time: two that told apart would look like a copied phone.

const LOCK = 'safehand-window';
const GONE_SOON_MS = 800; // a page that is being loaded again lets go a moment later

/** Be the one window; false if another is. `taken` is called when another takes over. */
export async function alone(taken: () => void, take = false): Promise<boolean> {
  if (await held(taken, take)) return true;
  await new Promise((done) => setTimeout(done, GONE_SOON_MS));
  return held(taken, take);
}

function held(taken: () => void, take: boolean): Promise<boolean> {
  return new Promise((answer) => {
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      answer(lock !== null);
      return lock === null ? undefined : new Promise(() => undefined); // until this window closes, or another takes it
    };
    navigator.locks.request(LOCK, take ? { steal: true } : { ifAvailable: true }, hold).catch(taken);
  });
}
