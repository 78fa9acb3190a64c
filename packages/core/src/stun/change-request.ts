/** CHANGE-REQUEST flag: answer from the alternate address (RFC 5780 section 7.2). */
export const CHANGE_IP = 0x04;

/** CHANGE-REQUEST flag: answer from the alternate port (RFC 5780 section 7.2). */
export const CHANGE_PORT = 0x02;
