import { DeviceError } from '../api/errors.js';
import type { DeviceErrorCode } from '../api/errors.js';

export type CapturedDevice = 'camera' | 'microphone' | 'screen';

/**
 * Puts what `getUserMedia` or `getDisplayMedia` rejected with into one of the SDK's codes.
 * @param cause a DOMException of Media Capture and Streams (section 10.2), or whatever else was thrown
 * @param permission what the Permissions API says of the device afterwards; undefined where it does not know
 */
export function deviceErrorOf(
  cause: unknown,
  device: CapturedDevice,
  permission: PermissionState | undefined,
): DeviceError {
  const code = codeOf(cause, device, permission);
  return new DeviceError(code, device, `${sentenceOf(code, device)} (${detailOf(cause)})`, { cause });
}

/** The error for pages in which there is no `navigator.mediaDevices`, or no such method in it. */
export function unavailableError(device: CapturedDevice, isSecureContext: boolean): DeviceError {
  const code = isSecureContext ? 'unsupported' : 'insecureContext';
  return new DeviceError(code, device, sentenceOf(code, device));
}

function codeOf(
  cause: unknown,
  device: CapturedDevice,
  permission: PermissionState | undefined,
): DeviceErrorCode {
  switch (textOf(cause, 'name')) {
    case 'NotAllowedError':
      return isDismissal(cause, device, permission) ? 'permissionDismissed' : 'permissionDenied';
    case 'SecurityError':
      return 'permissionDenied';
    case 'NotFoundError':
      return 'deviceNotFound';
    case 'NotReadableError':
      return 'deviceBusy';
    case 'OverconstrainedError':
      // The device that was asked for by its id is not there; any other constraint is one it cannot fulfil.
      return textOf(cause, 'constraint') === 'deviceId' ? 'deviceNotFound' : 'overconstrained';
    case 'NotSupportedError':
      return 'unsupported';
    default:
      return 'captureFailed';
  }
}

/** Whether the person may be asked again: they closed the question, and did not answer it with no. */
function isDismissal(
  cause: unknown,
  device: CapturedDevice,
  permission: PermissionState | undefined,
): boolean {
  const message = textOf(cause, 'message');
  if (/by system/i.test(message)) return false;
  // There is no lasting no to a screen: whoever cancels the choice can choose the next time.
  return device === 'screen' || permission === 'prompt' || /dismiss/i.test(message);
}

function sentenceOf(code: DeviceErrorCode, device: CapturedDevice): string {
  switch (code) {
    case 'permissionDenied':
      return `Access to the ${device} is blocked. Allow it in the browser's site settings (or the system's privacy settings) and try again.`;
    case 'permissionDismissed':
      return device === 'screen'
        ? 'Nothing was chosen to share. Ask again when the person wants to.'
        : `The question whether the ${device} may be used was closed without an answer. Ask again.`;
    case 'deviceNotFound':
      return `The ${device} was not found. Plug one in or choose another one.`;
    case 'deviceBusy':
      return device === 'screen'
        ? 'What was chosen (or its sound) cannot be captured. Choose something else, or share without sound.'
        : `The ${device} cannot be opened; another program may be using it. Close that program and try again.`;
    case 'overconstrained':
      return `The ${device} cannot do what was asked of it. Ask for less.`;
    case 'insecureContext':
      return `Browsers open the ${device} for pages over https (or on localhost) only. Open this page over https.`;
    case 'unsupported':
      return `This browser cannot capture the ${device}. Use another browser or device.`;
    case 'captureFailed':
      return device === 'screen'
        ? 'Sharing the screen failed. It has to be started by a click or a key; try again.'
        : `Opening the ${device} failed. Try again, or choose another one.`;
  }
}

function detailOf(cause: unknown): string {
  const parts = [textOf(cause, 'name'), textOf(cause, 'message')].filter((part) => part !== '');
  return parts.length === 0 ? String(cause) : parts.join(': ');
}

function textOf(cause: unknown, field: 'name' | 'message' | 'constraint'): string {
  if (typeof cause !== 'object' || cause === null) return '';
  const value = (cause as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
