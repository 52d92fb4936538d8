import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

/** One file that the page is made of. */
export type PageAsset = { type: string; body: string | Buffer };

const CLIENT = fileURLToPath(new URL('client/', import.meta.url));

/**
 * Bundles the client for today's browsers. Nothing is written to disk and nothing is fetched.
 *
 * @returns every file by its path on the server
 */
export async function bundlePage(): Promise<ReadonlyMap<string, PageAsset>> {
  const { outputFiles } = await build({
    absWorkingDir: CLIENT,
    entryPoints: { page: 'main.tsx' },
    outdir: CLIENT,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  // esbuild's own process would keep the world's process alive a little longer.
  await stop();
  const assets = new Map<string, PageAsset>([
    ['/', { type: 'text/html; charset=utf-8', body: HTML }],
    ['/favicon.svg', { type: 'image/svg+xml', body: FAVICON }],
  ]);
  for (const { path, contents } of outputFiles) {
    const type = path.endsWith('.css') ? 'text/css' : 'text/javascript';
    const name = path.endsWith('.css') ? '/page.css' : '/page.js';
    assets.set(name, { type: `${type}; charset=utf-8`, body: Buffer.from(contents) });
  }
  return assets;
}

const FAVICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32"
rx="8" fill="#0b5a5e"/><path d="M6 17h5l3-8 4 14 3-6h5" fill="none" stroke="#fff" stroke-width="2.6"
stroke-linecap="round" stroke-linejoin="round"/></svg>`;

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Incident response</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"></div><noscript>This page needs JavaScript.</noscript></body>
</html>
`;
