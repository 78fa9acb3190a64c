export type * from './api/connection.js';
export type * from './api/data.js';
export { DATA_MESSAGE_BYTES } from './api/data.js';
export type * from './api/devices.js';
export * from './api/errors.js';
export type * from './api/events.js';
export type * from './api/participant.js';
export type * from './api/room.js';
export type * from './api/track.js';
