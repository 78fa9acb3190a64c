/** Browsers whose ways to allow a camera differ. */
export type BrowserFamily =
  | 'chrome'
  | 'edge'
  | 'firefox'
  | 'safariMac'
  | 'safariIos'
  | 'chromeAndroid'
  | 'samsung'
  | 'firefoxAndroid'
  | 'inApp'
  | 'other';

/** Which browser a user agent string speaks of; only used to choose words. */
export function browserFamily(userAgent: string, touchPoints = 0): BrowserFamily {
  if (/KAKAOTALK|NAVER\(inapp|Line\/|FBAN|FBAV|Instagram|; wv\)/i.test(userAgent)) return 'inApp';
  // iPads call themselves Macs; Macs have no touch screen. On iOS all browsers are Safari underneath.
  if (/iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1))
    return 'safariIos';
  const android = /Android/.test(userAgent);
  if (/SamsungBrowser/.test(userAgent)) return 'samsung';
  if (/Firefox\//.test(userAgent)) return android ? 'firefoxAndroid' : 'firefox';
  if (android) return /Chrome\//.test(userAgent) ? 'chromeAndroid' : 'other';
  if (/Edg\//.test(userAgent)) return 'edge';
  if (/Chrome\/|Chromium\//.test(userAgent)) return 'chrome';
  if (/Macintosh.*Safari\//.test(userAgent)) return 'safariMac';
  return 'other';
}

/** Whether it is the system, not the browser, that keeps a device from being opened. */
export function isDeniedBySystem(cause: unknown): boolean {
  return cause instanceof Error && /by system|system denied/i.test(cause.message);
}
