import './yard-picture.css';

/** The yard: a tiled roof, the moon or the sun, a persimmon branch. Drawn in the colours of the theme. */
export function YardPicture({ label }: { readonly label: string }) {
  return (
    <svg
      class="yard-picture"
      viewBox="0 0 560 420"
      role="img"
      aria-label={label}
      preserveAspectRatio="xMidYMid slice"
    >
      <rect class="yard-picture-sky" width="560" height="420" />
      <circle class="yard-picture-sun" cx="176" cy="128" r="58" />
      <path class="yard-picture-hill-far" d="M0 262c70-52 132-66 196-34s112 30 172-8 128-44 192-10v210H0Z" />
      <path class="yard-picture-hill" d="M0 300c96-30 176-34 268-14s196 12 292-22v156H0Z" />
      <g class="yard-picture-house">
        <path class="yard-picture-wall" d="M84 262h284v92H84Z" />
        <path
          class="yard-picture-wood"
          d="M78 258h296v10H78ZM96 268h10v86H96ZM346 268h10v86h-10ZM166 268h8v86h-8ZM278 268h8v86h-8ZM72 346h308v12H72Z"
        />
        <path
          class="yard-picture-door"
          d="M178 276h46v70h-46ZM228 276h46v70h-46ZM112 284h46v40h-46ZM294 284h44v40h-44Z"
        />
        <path
          class="yard-picture-lattice"
          d="M193 276v70M209 276v70M178 293h46M178 311h46M178 329h46M243 276v70M259 276v70M228 293h46M228 311h46M228 329h46M127 284v40M143 284v40M112 304h46M309 284v40M324 284v40M294 304h44"
        />
        <path
          class="yard-picture-roof"
          d="M28 254c40-2 62-22 82-52l14-20c4-6 9-9 16-9h172c7 0 12 3 16 9l14 20c20 30 42 50 82 52-10 9-24 14-40 14H68c-16 0-30-5-40-14Z"
        />
        <path
          class="yard-picture-tiles"
          d="M132 178c-10 34-28 62-52 84M168 175c-5 34-14 62-28 88M206 174c-2 32-5 60-10 90M246 174c2 32 5 60 10 90M284 175c5 34 14 62 28 88M320 178c10 34 28 62 52 84M120 196c70 8 142 8 212 0"
        />
        <path class="yard-picture-ridge" d="M117 184c4-11 12-14 23-14h172c11 0 19 3 23 14" />
      </g>
      <path class="yard-picture-yard" d="M0 356c150-10 380-12 560 0v64H0Z" />
      <path class="yard-picture-stones" d="M214 372h32M206 386h44M196 404h62" />
      <g class="yard-picture-branch">
        <path d="M566 40c-52 2-92 22-128 54-26 24-44 30-74 32M470 70c-6 26-8 44-4 66M438 94c-22-8-38-10-58-6M510 52c-14-14-26-20-44-24M410 114c2 14 0 24-6 36" />
      </g>
      <Persimmon x={466} y={158} size={1.15} />
      <Persimmon x={402} y={170} size={0.95} />
      <Persimmon x={372} y={98} size={0.85} />
      <Persimmon x={520} y={92} size={1.05} />
      <g class="yard-picture-leaves">
        <path d="M444 40c10-16 24-20 38-16-4 16-18 24-38 16ZM354 126c-18-4-26-14-26-28 16 0 26 10 26 28ZM430 88c-4-18 2-30 16-36 6 16 0 30-16 36ZM496 62c14-4 26 2 32 14-14 6-28 2-32-14Z" />
      </g>
    </svg>
  );
}

function Persimmon({ x, y, size }: { readonly x: number; readonly y: number; readonly size: number }) {
  return (
    <g transform={`translate(${x} ${y}) scale(${size})`}>
      <path
        class="yard-picture-fruit"
        d="M0-19c14-2 25 6 25 19 0 14-11 22-25 22s-25-8-25-22c0-13 11-21 25-19Z"
      />
      <path class="yard-picture-shine" d="M-15-3c1-6 5-9 10-10" />
      <path class="yard-picture-calyx" d="M0-22c3 4 8 4 13 3-2 5-7 8-13 7-6 1-11-2-13-7 5 1 10 1 13-3Z" />
    </g>
  );
}
