import { DeliveryError } from '../../domain/errors.ts';
import { EMPTY_WINDOW, type StormWindow } from '../../domain/storm.ts';
import type {
  PendingLink,
  StormBatch,
  StormHead,
  StormLink,
  StormRows,
} from '../../services/storm-rows.ts';

type Storm = {
  head: StormHead;
  pending: Map<string, PendingLink>;
  appended: Set<string>;
};

/** Rows of storms in memory. Their suite in `test/contracts/` runs on the real ones too. */
export class MemoryStormRows implements StormRows {
  readonly #windows = new Map<string | null, StormWindow>();
  readonly #links = new Map<string, StormLink>();
  readonly #storms = new Map<string, Storm>();

  async readWindow(service: string | null): Promise<StormWindow> {
    return structuredClone(this.#windows.get(service) ?? EMPTY_WINDOW);
  }

  async writeWindow(service: string | null, window: StormWindow): Promise<boolean> {
    if ((this.#windows.get(service)?.revision ?? 0) !== window.revision) return false;
    this.#windows.set(service, structuredClone({ ...window, revision: window.revision + 1 }));
    return true;
  }

  async readLink(source: string, group: string): Promise<StormLink | undefined> {
    return structuredClone(this.#links.get(JSON.stringify([source, group])));
  }

  async writeLink(source: string, group: string, link: StormLink): Promise<void> {
    this.#links.set(JSON.stringify([source, group]), structuredClone(link));
  }

  async putPending(stormId: string, pending: PendingLink): Promise<void> {
    if (await this.wasPut(stormId, pending.key)) return;
    this.#storm(stormId).pending.set(pending.key, structuredClone(pending));
  }

  async wasPut(stormId: string, key: string): Promise<boolean> {
    const { pending, appended } = this.#storm(stormId);
    return pending.has(key) || appended.has(key);
  }

  async signal(
    stormId: string,
    of: { service: string | null; number: number; nowMs: number },
  ): Promise<number> {
    const storm = this.#storm(stormId);
    const { service, number } = of;
    const signals = storm.head.signals + 1;
    storm.head = { ...storm.head, service, number, signals, isUnfinished: true };
    return storm.head.turn;
  }

  async readHead(stormId: string): Promise<StormHead | undefined> {
    const storm = this.#storms.get(stormId);
    return storm && storm.head.signals > 0 ? structuredClone(storm.head) : undefined;
  }

  async begin(stormId: string): Promise<StormHead> {
    const storm = this.#storm(stormId);
    storm.head = { ...storm.head, turn: storm.head.turn + 1 };
    return structuredClone(storm.head);
  }

  async listPending(stormId: string, limit: number): Promise<PendingLink[]> {
    const pending = [...this.#storm(stormId).pending.values()];
    return structuredClone(pending.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit));
  }

  async claim(stormId: string, batch: StormBatch): Promise<StormBatch> {
    const storm = this.#storm(stormId);
    if (storm.head.batch) return structuredClone(storm.head.batch);
    if (storm.head.lastBatch >= batch.number) {
      throw new DeliveryError({
        code: 'NOT_YET',
        message: 'cannot claim a batch: expected the number to be free, got another drain at work',
        retryable: true,
        retryAfterS: 1,
      });
    }
    storm.head = { ...storm.head, batch: structuredClone(batch) };
    return batch;
  }

  async readPending(stormId: string, keys: readonly string[]): Promise<PendingLink[]> {
    const { pending } = this.#storm(stormId);
    return structuredClone(
      keys.flatMap((key) => {
        const link = pending.get(key);
        return link ? [link] : [];
      }),
    );
  }

  async close(stormId: string, batch: StormBatch, nowMs: number): Promise<void> {
    const storm = this.#storm(stormId);
    for (const key of batch.keys) {
      storm.pending.delete(key);
      storm.appended.add(key);
    }
    if (storm.head.batch?.number !== batch.number) return;
    storm.head = { ...storm.head, batch: null, lastBatch: batch.number, appendedAtMs: nowMs };
  }

  async rest(stormId: string, signals: number): Promise<void> {
    const storm = this.#storm(stormId);
    if (storm.head.signals === signals) storm.head = { ...storm.head, isUnfinished: false };
  }

  /** Storms that the sweeper would find. */
  unfinished(): string[] {
    return [...this.#storms].flatMap(([id, { head }]) => (head.isUnfinished ? [id] : []));
  }

  #storm(stormId: string): Storm {
    const known = this.#storms.get(stormId);
    if (known) return known;
    const head: StormHead = {
      service: null,
      number: 1,
      isUnfinished: false,
      turn: 0,
      signals: 0,
      batch: null,
      lastBatch: 0,
      appendedAtMs: null,
    };
    const fresh: Storm = { head, pending: new Map(), appended: new Set() };
    this.#storms.set(stormId, fresh);
    return fresh;
  }
}
