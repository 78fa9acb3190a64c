/** Calls code of the application: what it throws is reported as uncaught and does not stop what goes on here. */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}
