import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Everything the pages need is in `dist/` and is served by the service itself: no other host is
// ever asked, and nothing is inlined, so that the content security policy can stay strict.
export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    outDir: 'dist',
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { input: { desk: 'desk.html', wall: 'wall.html' } },
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: process.env['MSAADA_URL'] ?? 'http://127.0.0.1:8080', ws: true },
    },
  },
  test: { include: ['src/**/*.test.ts'] },
});
