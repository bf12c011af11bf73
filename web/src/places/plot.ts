// The map itself. Loaded after the list, and only where the browser can draw it.

import { GeoJSONSource, Map as Drawn, addProtocol, setWorkerUrl } from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { Protocol } from 'pmtiles';
import type { Drawing, Frame, Position } from './shapes.ts';
import { FINE, coloursOf, pictures, tonesOf } from './signs.ts';
import { AREAS, CHOSEN, SIGNS, style } from './style.ts';

const NEAR = 15;
const PADDING = 48;

export interface Canvas {
  readonly target: HTMLElement;
  readonly signs: ReadonlyMap<string, SVGElement>;
  readonly basemap: string | null;
  readonly language: string;
  readonly name: string;
  readonly still: boolean;
  readonly choose: (place: string) => void;
  readonly failed: () => void;
}

export interface Shown {
  readonly signs: Drawing;
  readonly areas: Drawing;
}

/** A map that shows what it is given. */
export class Plot {
  readonly #asked: Canvas;
  readonly #map: Drawn;
  #shown: Shown;
  #chosen = '';

  constructor(asked: Canvas, shown: Shown, frame: Frame) {
    setWorkerUrl(worker);
    addProtocol('pmtiles', new Protocol({ metadata: false }).tile);
    this.#asked = asked;
    this.#shown = shown;
    this.#map = new Drawn({
      container: asked.target, style: this.#style(), bounds: [...frame], fitBoundsOptions: { padding: PADDING, maxZoom: NEAR },
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0, maxZoom: 19,
      fadeDuration: asked.still ? 0 : 150, locale: { 'Map.Title': asked.name },
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#listen();
  }

  /** Draw these from now on. */
  draw(shown: Shown): void {
    this.#shown = shown;
    for (const [name, data] of [[SIGNS, shown.signs], [AREAS, shown.areas]] as const) {
      const source = this.#map.getSource(name);
      if (source instanceof GeoJSONSource) source.setData(data);
    }
  }

  /** Mark a place; none for an empty id. */
  mark(place: string): void {
    this.#chosen = place;
    if (this.#map.getLayer(CHOSEN) !== undefined) this.#map.setFilter(CHOSEN, ['==', ['get', 'place'], place]);
  }

  /** Go to a frame, or to a point. */
  go(where: Frame | Position): void {
    const animate = !this.#asked.still;
    if (where.length === 4) this.#map.fitBounds([...where], { padding: PADDING, maxZoom: NEAR + 1, animate });
    else this.#map.easeTo({ center: [...where], zoom: Math.max(this.#map.getZoom(), NEAR), animate });
  }

  /** Nearer by so many steps. */
  zoom(steps: number): void {
    this.#map.zoomTo(this.#map.getZoom() + steps, { animate: !this.#asked.still });
  }

  /** The scheme of the page is another one. */
  repaint(): void {
    this.#map.setStyle(this.#style(), { diff: false });
  }

  #style() {
    const { target, signs, language, basemap } = this.#asked;
    return style({ colours: coloursOf(target), tones: tonesOf(signs), language, basemap, drawn: this.#shown });
  }

  #listen(): void {
    const { target, signs, choose, failed } = this.#asked;
    this.#map.on('style.load', () => {
      const painted = pictures(signs, tonesOf(signs), coloursOf(target));
      for (const [name, image] of painted) if (!this.#map.hasImage(name)) this.#map.addImage(name, image, { pixelRatio: FINE });
      this.mark(this.#chosen);
    });
    this.#map.on('idle', () => { target.dataset['drawn'] = 'yes'; });
    this.#map.on('error', failed);
    const layers = [SIGNS, 'no_go-ground', 'avoid-ground', 'fence-ground'];
    this.#map.on('click', event => {
      const [hit] = this.#map.queryRenderedFeatures(event.point, { layers });
      if (typeof hit?.properties['place'] === 'string') choose(hit.properties['place']);
    });
    this.#map.on('mousemove', event => {
      const over = this.#map.queryRenderedFeatures(event.point, { layers }).length > 0;
      this.#map.getCanvasContainer().classList.toggle('pointing', over);
    });
  }
}
