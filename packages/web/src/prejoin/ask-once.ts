/**
 * Where the browser has to ask for camera and microphone, asks for both in one question. Answers a function that closes
 * what was opened for it; call it when the devices are open in their own right. Never fails: whoever opens a device
 * afterwards learns why it cannot be had.
 */
export async function askOnce(): Promise<(() => void) | undefined> {
  if (!(await mustAsk('camera')) || !(await mustAsk('microphone'))) return undefined;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    return () => {
      for (const track of stream.getTracks()) track.stop();
    };
  } catch {
    return undefined;
  }
}

async function mustAsk(name: 'camera' | 'microphone'): Promise<boolean> {
  try {
    // Not all browsers know these names, and TypeScript knows those of none.
    const status = await navigator.permissions.query({ name: name as PermissionName });
    return status.state === 'prompt';
  } catch {
    return false;
  }
}
