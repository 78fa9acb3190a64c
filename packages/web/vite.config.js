// The app is plain files that a server sends with a strict content security policy: no inline script, no inlined asset.
import { defineConfig } from 'vite';

const server = process.env.MADANG_URL ?? 'http://localhost:8080';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      '/signal': { target: server, ws: true },
      '/api': server,
      '/doctor': server,
    },
  },
});
