/** Limits both sides know. Sizes of messages are bytes of UTF-8, sizes of texts are UTF-16 units. */
export const WireLimit = {
  /** Any message but those with SDP. */
  messageBytes: 64 * 1024,
  /** `offer` and `answer`. */
  sdpMessageBytes: 128 * 1024,
  /** Objects and lists inside each other. */
  depth: 16,
  roomName: 64,
  name: 64,
  token: 4096,
  identifier: 64,
  candidate: 2048,
  label: 128,
  chatText: 4000,
  tracksPerParticipant: 16,
  /** Tracks in one `receive`, and in each list of one `videosWithheld`. */
  receivePreferences: 256,
  /** m-sections of the connection that brings the others' tracks, and pixels of a side of what is shown. */
  mediaSections: 512,
  pixels: 16_384,
  /** Most participants a room of any server can have. */
  participants: 1000,
  chatHistory: 500,
  waiting: 1000,
  iceServers: 16,
  urlsPerIceServer: 16,
} as const;

/** Seconds after which a participant whose socket was lost is gone. */
export const RESUME_SECONDS = 30;

/** A client that sends nothing else sends `ping` this often, so that the server learns what arrived. */
export const CLIENT_PING_SECONDS = 10;
