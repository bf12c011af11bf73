// The column beside the map: search, the list of places, the legend, and the place that was chosen. All by keyboard.

import { fits, seat, type Position, type Told } from './shapes.ts';
import type { Hit } from './told.ts';

type Say = 'failed' | 'more' | 'none' | 'nothing' | 'no_webgl' | 'ground_failed';

export interface Does {
  readonly choose: (id: string) => void;
  readonly closed: () => void;
  readonly changed: (shown: readonly Told[]) => void;
  readonly find: (text: string) => Promise<readonly Hit[]>;
  readonly jump: (at: Position) => void;
  readonly zoom: (steps: number) => void;
}

const RETIRED = 'retired';

export class Beside {
  readonly canvas: HTMLElement;
  /** The sign of each kind, as the legend shows it. */
  readonly signs: ReadonlyMap<string, SVGElement>;
  readonly #root: HTMLElement;
  readonly #field: HTMLInputElement;
  readonly #switches: readonly HTMLInputElement[];
  readonly #rows = new Map<string, HTMLButtonElement>();
  #places: readonly Told[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
    this.canvas = this.#part('map');
    this.#field = root.querySelector<HTMLInputElement>('#where') ?? document.createElement('input');
    this.#switches = [...this.#part('legend').querySelectorAll('input')];
    this.signs = new Map(this.#switches.flatMap(one => {
      const sign = one.parentElement?.querySelector('svg');
      return sign ? [[one.value, sign] as const] : [];
    }));
  }

  /** Show one of the page's sentences. */
  say(name: Say, so = true): void {
    for (const said of this.#root.querySelectorAll<HTMLElement>(`[data-say="${name}"]`)) said.hidden = !so;
  }

  /** The map is there: so are its buttons. */
  drawn(): void {
    this.#part('zoom').hidden = false;
  }

  /** The places that fit what was typed and switched on. */
  shown(): readonly Told[] {
    const on = new Set(this.#switches.filter(one => one.checked).map(one => one.value));
    const typed = this.#field.value.trim();
    return this.#places.filter(told => {
      const { kind, retired } = told.properties;
      return on.has(kind) && (retired !== true || on.has(RETIRED)) && fits(told, typed);
    });
  }

  /** Take the places in, and begin to listen. */
  fill(places: readonly Told[], does: Does): void {
    this.#places = places;
    for (const one of this.#switches) {
      const of = places.filter(({ properties: { kind, retired } }) => (one.value === RETIRED ? retired === true : kind === one.value && retired !== true));
      const count = one.parentElement?.querySelector('b');
      if (count) count.textContent = `${of.length}`;
    }
    for (const told of places) this.#rows.set(told.id, this.#row(told, does));
    const again = (): void => {
      this.#list();
      does.changed(this.shown());
    };
    this.#part('legend').addEventListener('change', again);
    this.#field.addEventListener('input', again);
    this.#part('search').addEventListener('submit', event => {
      event.preventDefault();
      void this.#search(does);
    });
    this.#part('close').addEventListener('click', () => this.#close(does));
    for (const one of this.#root.querySelectorAll<HTMLElement>('[data-zoom]')) {
      one.addEventListener('click', () => does.zoom(Number(one.dataset['zoom'])));
    }
    this.#list();
  }

  /** Show a place: its name at once, its facts and history when they are there. */
  async open(told: Told, facts: Promise<readonly Element[]>): Promise<void> {
    for (const [id, row] of this.#rows) row.setAttribute('aria-pressed', `${id === told.id}`);
    const heading = this.#part('chosen').querySelector('h2');
    if (heading) heading.textContent = told.properties.name;
    this.#part('facts').replaceChildren();
    this.#part('page').setAttribute('href', `/places/${told.id}`);
    this.#part('chosen').hidden = false;
    heading?.focus({ preventScroll: false });
    const found = await facts.catch(() => []);
    if (this.#rows.get(told.id)?.getAttribute('aria-pressed') === 'true') this.#part('facts').replaceChildren(...found);
  }

  #part(name: string): HTMLElement {
    const found = this.#root.querySelector<HTMLElement>(`[data-part="${name}"]`);
    if (found === null) throw new Error(`the page has no ${name}`);
    return found;
  }

  #row(told: Told, does: Does): HTMLButtonElement {
    const { kind, code, name, retired } = told.properties;
    const list = this.#part('list');
    const row = document.createElement('button');
    const [bold, small] = [document.createElement('b'), document.createElement('small')];
    const sign = this.signs.get(kind);
    const word = sign?.parentElement?.dataset['word'] ?? kind;
    const notes = [seat(told) === null ? list.dataset['unplaced'] : '', retired === true ? list.dataset['retired'] : ''];
    bold.textContent = name;
    small.textContent = [code, word, ...notes].filter(Boolean).join(', ');
    row.type = 'button';
    row.dataset['kind'] = kind;
    row.setAttribute('aria-pressed', 'false');
    row.append(...(sign ? [sign.cloneNode(true)] : []), bold, small);
    row.addEventListener('click', () => does.choose(told.id));
    return row;
  }

  #list(): void {
    const shown = this.shown();
    const items = shown.flatMap(({ id }) => {
      const row = this.#rows.get(id);
      if (row === undefined) return [];
      const item = document.createElement('li');
      item.append(row);
      return [item];
    });
    this.#part('list').replaceChildren(...items);
    const count = this.#part('count');
    count.textContent = (count.dataset['of'] ?? '').replace('{shown}', `${shown.length}`).replace('{all}', `${this.#places.length}`);
    this.say('none', this.#places.length === 0);
    this.say('nothing', this.#places.length > 0 && shown.length === 0);
  }

  /** Enter: the only place that fits, and addresses. */
  async #search(does: Does): Promise<void> {
    const typed = this.#field.value.trim();
    const [only, ...others] = this.shown();
    const hits = typed === '' ? [] : await does.find(typed).catch(() => []);
    const items = hits.map(hit => {
      const [item, button] = [document.createElement('li'), document.createElement('button')];
      button.type = 'button';
      button.textContent = hit.line;
      button.addEventListener('click', () => does.jump(hit.at));
      item.append(button);
      return item;
    });
    this.#part('hits').replaceChildren(...items);
    this.#part('hits').hidden = items.length === 0;
    if (typed !== '' && only !== undefined && others.length === 0) does.choose(only.id);
    else items[0]?.querySelector('button')?.focus();
  }

  #close(does: Does): void {
    const pressed = [...this.#rows.values()].find(row => row.getAttribute('aria-pressed') === 'true');
    pressed?.setAttribute('aria-pressed', 'false');
    this.#part('chosen').hidden = true;
    (pressed?.isConnected ? pressed : this.#field).focus();
    does.closed();
  }
}
