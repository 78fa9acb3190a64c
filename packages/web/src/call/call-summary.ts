import type { DisconnectReason, PathKind } from '../sdk.js';

/** What is told after a call. */
export interface CallSummary {
  readonly roomName: string;
  readonly durationSeconds: number;
  /** Names of everybody who was there, in the order they were first seen. */
  readonly people: string[];
  /** How media went most of the time. */
  readonly path: PathKind;
  readonly reason: DisconnectReason;
}
