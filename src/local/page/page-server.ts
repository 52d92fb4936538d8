import { type RunningServer, startFakeServer } from '../fake-server.ts';

/** What the page needs to know of the world. */
export type PageOptions = { port: number; urls: Readonly<Record<string, string>> };

/** Serves the page. @throws the listen error, e.g. EADDRINUSE */
export function startPage({ port, urls }: PageOptions): Promise<RunningServer> {
  const links = Object.entries(urls).map(
    ([name, url]) => `<li>${name}: <a href="${url}">${url}</a>`,
  );
  return startFakeServer(
    async () => ({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      body: `<!doctype html><html lang="en"><title>Incident response</title><ul>${links.join('')}</ul>`,
    }),
    port,
  );
}
