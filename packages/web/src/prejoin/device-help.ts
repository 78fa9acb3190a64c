import type { DeviceError } from '../sdk.js';
import { browserFamily, isDeniedBySystem } from './browser-family.js';
import { deviceHelpTexts } from './device-help-texts.js';

/** What happened with a device and what to do, in the language of now. */
export interface DeviceHelp {
  readonly what: string;
  readonly todo: string;
  /** Trying again can help. */
  readonly canRetry: boolean;
}

/** Words for a device that cannot be had; `both` when camera and microphone fail alike. */
export function deviceHelp(error: DeviceError, both = false): DeviceHelp {
  const text = deviceHelpTexts();
  const device = text.device[both ? 'both' : error.device];
  switch (error.code) {
    case 'permissionDenied':
      if (isDeniedBySystem(error.cause)) {
        return { what: text.deniedBySystem(device), todo: text.systemSteps, canRetry: true };
      }
      return { what: text.permissionDenied(device), todo: text.steps[familyHere()], canRetry: true };
    case 'permissionDismissed':
      return { what: text.permissionDismissed(device), todo: text.permissionDismissedHint, canRetry: true };
    case 'deviceNotFound':
      return { what: text.deviceNotFound(device), todo: text.deviceNotFoundHint, canRetry: true };
    case 'deviceBusy':
      return { what: text.deviceBusy(device), todo: text.deviceBusyHint, canRetry: true };
    case 'overconstrained':
      return { what: text.overconstrained(device), todo: text.overconstrainedHint, canRetry: true };
    case 'insecureContext':
      return { what: text.insecureContext(device), todo: text.insecureContextHint, canRetry: false };
    case 'unsupported':
    case 'captureFailed':
      return { what: text.captureFailed(device), todo: text.captureFailedHint, canRetry: true };
  }
}

function familyHere() {
  return browserFamily(navigator.userAgent, navigator.maxTouchPoints);
}
