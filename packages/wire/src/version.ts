/** Version of the protocol, sent with `join` and `resume`. It grows only when an older peer would misunderstand. */
export const PROTOCOL_VERSION = 1;

/** The oldest version a server of this version still speaks with. */
export const OLDEST_SPOKEN_VERSION = 1;
