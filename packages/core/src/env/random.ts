/** Source of randomness a core is given. Two methods, so that bytes seen on the wire never reveal secret state. */
export interface Random {
  /** Fills `into` with unpredictable bytes that may be sent (transaction ids, tokens, salts). */
  fillPublic(into: Uint8Array): void;
  /** Fills `into` with bytes that must stay secret (keys). */
  fillSecret(into: Uint8Array): void;
}
