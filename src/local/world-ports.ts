import type { WorldUrls } from './world.ts';

/** A port of the world is taken; the message says which and what to do. */
export class PortBusyError extends Error {
  readonly code = 'PORT_BUSY';
}

/** Servers in the order of their ports, the page first. */
const ORDER: readonly (keyof WorldUrls)[] = [
  'page',
  'api',
  'world',
  'slack',
  'statuspage',
  'oncall',
  'aws',
  'grafana',
  'github',
  'workos',
];

/**
 * Starts one server on its own port: the page's port plus its place in the order, or a free one
 * when the page's is 0.
 *
 * @throws {PortBusyError} `PORT_BUSY`
 */
export async function onPort<T>(
  pagePort: number,
  server: keyof WorldUrls,
  start: (port: number) => Promise<T>,
): Promise<T> {
  const port = pagePort === 0 ? 0 : pagePort + ORDER.indexOf(server);
  try {
    return await start(port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new PortBusyError(
      `cannot start: expected port ${port} (${server}) to be free, got ${code}; ` +
        'stop what uses it, or choose other ports with --port N',
    );
  }
}
