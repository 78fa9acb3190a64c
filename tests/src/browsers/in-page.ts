/// <reference lib="dom" />
// Functions that run inside the browser: each is sent there as text and may use nothing from outside itself.

export function clickJoin(): void {
  document.querySelector<HTMLButtonElement>('#join')!.click();
}
