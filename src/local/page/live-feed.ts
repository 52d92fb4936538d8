import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { PageOptions } from './page-server.ts';

/** How often the world is looked at while somebody watches, in ms of real time. */
const LOOK_EVERY_MS = 250;
/** A difference in the world's clock that is worth telling, in ms. */
const CLOCK_STEP_MS = 1_500;

type Json = Record<string, unknown>;

/**
 * Tells every open page what changed, as server-sent events.
 *
 * The world is a set of named parts (`channel:C04…`, `page`, `chain:inc-…`, …), each a JSON text. A
 * page gets all parts when it connects and afterwards only those that changed. Nothing is looked at
 * while no page is open.
 */
export class LiveFeed {
  readonly #options: PageOptions;
  readonly #watchers = new Set<ServerResponse>();
  #parts = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #clockBaseMs = Number.NEGATIVE_INFINITY;

  constructor(options: PageOptions) {
    this.#options = options;
  }

  /** Adds a page; it stays until its connection ends. */
  connect(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 1000\n\n');
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
    // The clock is sent anew, so that the page can tell the time from the moment it connects.
    this.#clockBaseMs = Number.NEGATIVE_INFINITY;
    for (const [name, text] of this.#parts) if (name !== 'clock') push(response, name, text);
    this.look();
  }

  /** Looks now rather than at the next turn: somebody has just done something. */
  look(): void {
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    if (this.#watchers.size === 0) return;
    this.#looking = this.#lookAtAll().finally(() => {
      this.#looking = undefined;
      if (this.#lookAgain) {
        this.#lookAgain = false;
        this.look();
      } else if (this.#watchers.size > 0) {
        this.#timer = setTimeout(() => this.look(), LOOK_EVERY_MS);
        this.#timer.unref();
      }
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const response of this.#watchers) response.destroy();
    this.#watchers.clear();
  }

  async #lookAtAll(): Promise<void> {
    // One part that cannot be read must not hide the others; it is tried again at the next turn.
    await Promise.allSettled([
      this.#lookAtSlack(),
      this.#lookAtStatuspage(),
      this.#lookAtTrail(),
      this.#lookAtWorld(),
    ]);
  }

  async #lookAtSlack(): Promise<void> {
    const { slack } = this.#options.urls;
    const [users, channels, ephemerals, views] = await Promise.all([
      read(slack, '/_world/users'),
      read(slack, '/_world/channels'),
      read(slack, '/_world/ephemerals'),
      read(slack, '/_world/views'),
    ]);
    this.#tell('users', users);
    for (const channel of channels as Json[]) this.#tell(`channel:${channel.id}`, channel);
    this.#tell('ephemerals', ephemerals);
    this.#tell('views', views);
  }

  async #lookAtStatuspage(): Promise<void> {
    const { statuspage } = this.#options.urls;
    // The public API is asked only when something happened: it counts who calls it.
    const mailed = await read(statuspage, '/_world/incidents');
    if (!this.#changed('mailed', mailed)) return;
    const [summary, recent] = await Promise.all([
      read(statuspage, '/api/v2/summary.json'),
      read(statuspage, '/api/v2/incidents.json'),
    ]);
    this.#tell('page', { summary, incidents: (recent as Json).incidents });
    this.#tell('mailed', mailed);
  }

  async #lookAtTrail(): Promise<void> {
    const trail = await this.#options.readTrail();
    for (const chain of trail?.chains ?? []) this.#tell(`chain:${chain.id}`, chain);
  }

  async #lookAtWorld(): Promise<void> {
    const { world } = this.#options.urls;
    const [functions, clock] = await Promise.all([
      read(world, '/_world/functions'),
      read(world, '/_world/clock'),
    ]);
    this.#tell('functions', functions);
    const { nowMs } = clock as { nowMs: number };
    const baseMs = nowMs - performance.now();
    if (Math.abs(baseMs - this.#clockBaseMs) < CLOCK_STEP_MS) return;
    this.#clockBaseMs = baseMs;
    this.#tell('clock', { nowMs });
  }

  #changed(name: string, value: unknown): boolean {
    return this.#parts.get(name) !== JSON.stringify(value);
  }

  #tell(name: string, value: unknown): void {
    const text = JSON.stringify(value);
    if (this.#parts.get(name) === text) return;
    this.#parts.set(name, text);
    for (const response of this.#watchers) push(response, name, text);
  }
}

function push(response: ServerResponse, name: string, text: string): void {
  response.write(`data: ${JSON.stringify(name)}\ndata: ${text}\n\n`);
}

async function read(base: string, path: string): Promise<unknown> {
  const response = await fetch(base + path);
  if (response.ok) return response.json();
  throw new Error(`cannot read ${path}: expected 200, got ${response.status}`);
}
