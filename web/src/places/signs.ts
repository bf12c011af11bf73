// What the map is painted with: the colours that the page has now, and pictures of signs and hatching.

import { HATCHED, TOKENS, type Colours, type Tones } from './style.ts';

const SIGN = 24;
const HATCH = 16;
/** Pictures are painted twice as fine as they are shown. */
export const FINE = 2;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

function brush(side: number): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  return context;
}

/** A colour of the page as `rgb()`, which is what the map can read. */
function plain(colour: string, context: CanvasRenderingContext2D): string {
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red},${green},${blue})`;
}

/** The tokens as they are in the scheme of now. */
export function coloursOf(root: HTMLElement): Colours {
  const probe = document.createElement('span');
  probe.hidden = true;
  root.append(probe);
  const context = brush(1);
  const found = TOKENS.map(token => {
    probe.style.color = `var(--${token})`;
    return [token, plain(getComputedStyle(probe).color, context)] as const;
  });
  probe.remove();
  return Object.fromEntries(found) as Colours;
}

/** The tone of each kind: that of its sign in the legend. */
export function tonesOf(signs: ReadonlyMap<string, SVGElement>): Tones {
  const context = brush(1);
  return Object.fromEntries([...signs].map(([kind, sign]) => [kind, plain(getComputedStyle(sign).color, context)]));
}

const picture = (context: CanvasRenderingContext2D): Picture => {
  const { width, height } = context.canvas;
  return { width, height, data: context.getImageData(0, 0, width, height).data };
};

/** A sign on a ground of its own, so that it is read on any street. */
function sign(path: string, tone: string, ground: string): Picture {
  const side = (SIGN + 8) * FINE;
  const context = brush(side);
  context.scale(FINE, FINE);
  context.fillStyle = ground;
  context.strokeStyle = tone;
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(1, 1, SIGN + 6, SIGN + 6, 3);
  context.fill();
  context.stroke();
  context.translate(6, 6);
  context.scale(20 / SIGN, 20 / SIGN);
  context.fillStyle = tone;
  context.fill(new Path2D(path), 'evenodd');
  return picture(context);
}

/** Hatching that meets itself at each edge: crossed where nobody drives, single where one rather does not. */
function hatch(crossed: boolean, tone: string): Picture {
  const side = HATCH * FINE;
  const context = brush(side);
  context.strokeStyle = tone;
  context.globalAlpha = 0.55;
  context.lineWidth = FINE * 1.5;
  for (const shift of [-side, 0, side]) {
    context.beginPath();
    context.moveTo(shift, side);
    context.lineTo(shift + side, 0);
    if (crossed) {
      context.moveTo(shift, 0);
      context.lineTo(shift + side, side);
    }
    context.stroke();
  }
  return picture(context);
}

/** Every picture that the style names. */
export function pictures(signs: ReadonlyMap<string, SVGElement>, tones: Tones, colours: Colours): Map<string, Picture> {
  const found = new Map<string, Picture>();
  for (const [kind, shown] of signs) {
    const tone = tones[kind] ?? colours.ink;
    found.set(`sign-${kind}`, sign(shown.querySelector('path')?.getAttribute('d') ?? '', tone, colours.sheet));
    if (HATCHED.includes(kind)) found.set(`hatch-${kind}`, hatch(kind === 'no_go', tone));
  }
  return found;
}
