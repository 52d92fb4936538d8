import type { IncidentMessage, IncidentQueue, PublicationQueue } from '../../services/ports.ts';

/** A queue in memory that forgets a repeated deduplication id, as FIFO queues do for 5 minutes. */
class MemoryQueue<M> {
  readonly #seen = new Set<string>();
  #waiting: M[] = [];

  put(message: M, deduplicationId: string): void {
    if (this.#seen.has(deduplicationId)) return;
    this.#seen.add(deduplicationId);
    this.#waiting.push(structuredClone(message));
  }

  /** Takes everything that waits, oldest first. */
  take(): M[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }
}

type Publication = Parameters<PublicationQueue['send']>[0];

/** publications.fifo in memory. */
export class MemoryPublicationQueue implements PublicationQueue {
  readonly #queue = new MemoryQueue<Publication>();

  async send(message: Publication, deduplicationId: string): Promise<void> {
    this.#queue.put(message, deduplicationId);
  }

  take(): Publication[] {
    return this.#queue.take();
  }
}

/** incidents.fifo in memory. */
export class MemoryIncidentQueue implements IncidentQueue {
  /** The FIFO group of every send, repeated ones included. */
  readonly groups: string[] = [];
  readonly #queue = new MemoryQueue<IncidentMessage>();

  async send(
    message: IncidentMessage,
    as: { group: string; deduplicationId: string },
  ): Promise<void> {
    this.groups.push(as.group);
    this.#queue.put(message, as.deduplicationId);
  }

  take(): IncidentMessage[] {
    return this.#queue.take();
  }
}
