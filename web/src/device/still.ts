// A picture of what the camera shows.

/** A still as JPEG, at most `side_px` on its longer side. */
export async function still(video: HTMLVideoElement, side_px: number): Promise<Blob> {
  const scale = Math.min(1, side_px / Math.max(video.videoWidth, video.videoHeight));
  const canvas = new OffscreenCanvas(Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale));
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 });
}
