// The camera as a scanner. This file, and the reader that it brings along, are loaded when somebody opens the camera.

import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

const FORMATS = ['Code128', 'QRCode', 'DataMatrix'] as const;
const SYMBOLS_MAX = 4;
const LOOK_EVERY_MS = 120;
/** A code that stays in the picture is read once; gone for this long, it is read again. */
const AGAIN_AFTER_MS = 2_000;

// Without this the reader would be fetched from somebody else's server.
prepareZXingModule({ overrides: { locateFile: (path: string, folder: string) => (path.endsWith('.wasm') ? wasm : folder + path) } });

/** Open the camera in `video` and tell each code that it sees. Returns how to close it. */
export async function watch(video: HTMLVideoElement, seen: (text: string) => void): Promise<() => void> {
  const wanted = { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  const last = new Map<string, number>();
  let open = true;
  const close = (): void => {
    open = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play();
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const pencil = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  const look = async (): Promise<void> => {
    while (open) {
      pencil.drawImage(video, 0, 0);
      const picture = pencil.getImageData(0, 0, canvas.width, canvas.height);
      const found = await readBarcodes(picture, { formats: [...FORMATS], maxNumberOfSymbols: SYMBOLS_MAX, textMode: 'Plain' });
      const now = performance.now();
      for (const { text } of open ? found : []) {
        if (now - (last.get(text) ?? Number.NEGATIVE_INFINITY) > AGAIN_AFTER_MS) seen(text);
        last.set(text, now);
      }
      await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    }
  };
  void look().catch(close);
  return close;
}
