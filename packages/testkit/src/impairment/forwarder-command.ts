import type { LinkImpairment } from './link-report.js';

/** What a forwarder process is told; it answers each with a LinkReport of that moment. */
export type ForwarderCommand =
  { readonly do: 'report' } | { readonly do: 'change'; readonly impairment: LinkImpairment };
