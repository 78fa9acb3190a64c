import type { ErrorCode } from '@madang/wire/error-codes';

/** Every failure this SDK reports: `code` is stable, `message` is for developers, `cause` is what lies beneath. */
export class MadangError extends Error {
  // Written out: `new.target.name` would be what a minifier makes of it.
  override readonly name: string = 'MadangError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type DeviceErrorCode =
  | 'permissionDenied'
  | 'permissionDismissed'
  | 'deviceNotFound'
  | 'deviceBusy'
  | 'overconstrained'
  | 'insecureContext'
  | 'unsupported'
  | 'captureFailed';

/** A camera, microphone, speaker or screen cannot be had. */
export class DeviceError extends MadangError {
  override readonly name = 'DeviceError';
  declare readonly code: DeviceErrorCode;
  readonly device: 'camera' | 'microphone' | 'screen' | 'speaker';

  constructor(
    code: DeviceErrorCode,
    device: 'camera' | 'microphone' | 'screen' | 'speaker',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.device = device;
  }
}

/** The server refused to let the client in or to carry out a request; `code` is one of the protocol's. */
export class RefusedError extends MadangError {
  override readonly name = 'RefusedError';
  declare readonly code: ErrorCode | 'denied' | 'removed';

  constructor(code: ErrorCode | 'denied' | 'removed', message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

export type NetworkErrorCode = 'serverUnreachable' | 'timeout' | 'aborted' | 'notConnected' | 'replaced';

/** The server cannot be reached, or the room was left before an answer came. */
export class NetworkError extends MadangError {
  override readonly name = 'NetworkError';
  declare readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** The SDK was called in a way that cannot work: a message too large, a label too long, an unknown participant. */
export class UsageError extends MadangError {
  override readonly name = 'UsageError';
  declare readonly code:
    'invalidArgument' | 'tooLarge' | 'bufferFull' | 'unknownParticipant' | 'viewerCannotPublish';
}
