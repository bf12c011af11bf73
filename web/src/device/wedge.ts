// A wedge scanner types like a keyboard, only faster, and ends with Enter or Tab. It is heard wherever the focus is.

const FAST_MS = 80;
const CHARS_MIN = 6;
const CHARS_MAX = 512;

/** Tells a scanner's typing from a person's. Pure: keys and times go in. */
export class Ear {
  #text = '';
  #last_ms = Number.NEGATIVE_INFINITY;

  /** Hear a key; the scanned text if this key ends a scan. */
  hear(key: string, at_ms: number): string | undefined {
    const slow = at_ms - this.#last_ms > FAST_MS;
    this.#last_ms = at_ms;
    if (key === 'Enter' || key === 'Tab') {
      const text = slow ? '' : this.#text;
      this.#text = '';
      return text.length >= CHARS_MIN ? text : undefined;
    }
    if (key.length !== 1) return undefined; // Shift and the like are part of a scanner's typing
    if (slow) this.#text = '';
    this.#text = (this.#text + key).slice(0, CHARS_MAX);
    return undefined;
  }

  /** Whether what is being typed can only come from a scanner. */
  get certain(): boolean {
    return this.#text.length >= CHARS_MIN;
  }
}

/**
 * Listen on the page, but for what is typed into the `own` field: there a whole line is sent, however fast it came.
 * What a scanner typed into another field is taken out of it again, and a list never takes it for a choice.
 * Returns how to stop.
 */
export function listen(scanned: (text: string) => void, own: () => HTMLInputElement | undefined): () => void {
  const ear = new Ear();
  let before: { field: HTMLInputElement | HTMLTextAreaElement; value: string } | undefined;
  const hear = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target instanceof HTMLSelectElement && event.key.length === 1) event.preventDefault();
    if (event.target === own()) return tab(event);
    const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement ? event.target : undefined;
    if (!ear.certain && event.key.length === 1 && (before?.field !== field || !before || event.timeStamp - last > FAST_MS)) {
      before = field === undefined ? undefined : { field, value: field.value };
    }
    last = event.timeStamp;
    const text = ear.hear(event.key, event.timeStamp);
    if (text === undefined) {
      if (ear.certain && event.key === ' ' && field === undefined) event.preventDefault(); // presses no button
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (before !== undefined) {
      before.field.value = before.value;
      before.field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    before = undefined;
    scanned(text);
  };
  /** In the own field Enter sends by itself; of a scanner that ends with Tab the line is sent here. */
  const tab = (event: KeyboardEvent): void => {
    const text = ear.hear(event.key, event.timeStamp);
    if (event.key !== 'Tab' || text === undefined) return;
    event.preventDefault();
    scanned((event.target as HTMLInputElement).value);
  };
  let last = Number.NEGATIVE_INFINITY;
  addEventListener('keydown', hear, true);
  return () => removeEventListener('keydown', hear, true);
}
