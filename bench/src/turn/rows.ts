import type { LoadDirection, LoadShape } from '@madang/testkit/turn-load/turn-streams';

/** One line of the relay table: what is sent through how many allocations. */
export interface RelayRow {
  readonly allocations: number;
  readonly direction: LoadDirection;
  readonly payloadBytes: number;
  readonly shape: LoadShape;
  /** Headline rows get all rounds, the others fewer. */
  readonly importance: 'headline' | 'other';
}

/** All rows, or those of `--quick`: 1000 bytes from clients to peers. */
export function relayRows(which: 'quick' | 'all'): readonly RelayRow[] {
  const directions: readonly LoadDirection[] =
    which === 'quick' ? ['client-to-peer'] : ['client-to-peer', 'peer-to-client', 'both'];
  const rows: RelayRow[] = [];
  for (const payloadBytes of which === 'quick' ? [1000] : [1000, 100]) {
    for (const allocations of [10, 500]) {
      for (const direction of directions) {
        for (const shape of ['single', 'burst'] as const) {
          const importance = payloadBytes === 1000 ? 'headline' : 'other';
          rows.push({ allocations, direction, payloadBytes, shape, importance });
        }
      }
    }
  }
  return rows;
}

/** '500/client-to-peer/1000/burst': what `--rows` looks for its text in. */
export function rowName(row: RelayRow): string {
  return `${row.allocations}/${row.direction}/${row.payloadBytes}/${row.shape}`;
}
