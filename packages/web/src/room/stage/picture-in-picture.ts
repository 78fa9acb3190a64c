/** Whether the browser can put a video into a small window of its own. */
export const canPictureInPicture: boolean = globalThis.document?.pictureInPictureEnabled === true;

/** Puts the video inside an element into a small window above all others, or takes it back. */
export async function togglePictureInPicture(container: HTMLElement | null): Promise<void> {
  const video = container?.querySelector('video');
  if (!video) return;
  if (document.pictureInPictureElement === video) await document.exitPictureInPicture();
  else await video.requestPictureInPicture();
}
