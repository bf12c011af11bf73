// Builds the screens into files that the product serves as they are. Their style is the look's, which the server puts together.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/built/',
  publicDir: false,
  plugins: [svelte()],
  build: {
    outDir: '../safehand/surfaces/web/built',
    emptyOutDir: true,
    target: 'es2022',
    manifest: 'manifest.json',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200, // MapLibre, which only the map of places loads
    assetsInlineLimit: 0,
    rollupOptions: {
      checks: { pluginTimings: false },
      input: { depot: 'src/depot/main.ts', worker: 'src/depot/worker.ts', places: 'src/places/main.ts' },
      output: { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js', assetFileNames: '[name]-[hash][extname]' },
    },
  },
});
