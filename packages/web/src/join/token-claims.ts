/** What of an access token is looked at here. */
export interface TokenClaims {
  /** None in an invitation for everybody. */
  readonly name?: string;
  readonly role?: 'host' | 'member' | 'viewer';
}

/** What a token says of its holder, to be shown only: nobody has looked at its signature here. */
export function readTokenClaims(token: string): TokenClaims {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { name, role } = (claims ?? {}) as { readonly name?: unknown; readonly role?: unknown };
    return {
      ...(typeof name === 'string' && name.length <= 64 && { name }),
      ...((role === 'host' || role === 'member' || role === 'viewer') && { role }),
    };
  } catch {
    return {};
  }
}
