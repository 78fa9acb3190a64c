import { encode } from 'uqr';
import './qr-code.css';

/** Modules of light around the code (ISO/IEC 18004 asks for four). */
const QUIET = 4;
const LONG = 120;

/** A link as a QR code, dark on light in both themes: that is what cameras read. */
export function QrCode({ value, label }: { readonly value: string; readonly label: string }) {
  // Of a long link (one with an access token) the dots are small: fewer of them are read better than mended ones.
  const ecc = value.length > LONG ? 'L' : 'M';
  const { data, size } = encode(value, { ecc, border: QUIET });
  return (
    <svg
      class="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
      data-testid="qr-code"
    >
      <path d={pathOf(data)} />
    </svg>
  );
}

/** One rectangle for each run of dark modules in a row. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  let path = '';
  rows.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      path += `M${start} ${y}h${x - start + 1}v1h-${x - start + 1}z`;
    }
  });
  return path;
}
