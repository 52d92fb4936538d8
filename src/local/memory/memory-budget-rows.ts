import { blockedUntil, nextPlace, type RateRule } from '../../domain/rate-limit.ts';
import type { BudgetRows, KeptPlace } from '../../services/call-budget.ts';

type Bucket = { name: string; rule: RateRule };

/** Rate limits in memory. Their suite in `test/contracts/` runs on the real ones too. */
export class MemoryBudgetRows implements BudgetRows {
  readonly #fullAtMs = new Map<string, number>();
  readonly #kept = new Map<string, KeptPlace>();

  async take(
    { name, rule }: Bucket,
    of: { urgent: boolean; nowMs: number; withinMs: number },
  ): Promise<{ atMs: number } | { fullAtMs: number }> {
    const fullAtMs = this.#fullAtMs.get(name) ?? 0;
    const place = nextPlace(fullAtMs, { rule, urgent: of.urgent, nowMs: of.nowMs });
    if (place.atMs - of.nowMs > of.withinMs) return { fullAtMs };
    this.#fullAtMs.set(name, place.fullAtMs);
    return { atMs: place.atMs };
  }

  async block({ name, rule }: Bucket, untilMs: number): Promise<void> {
    this.#fullAtMs.set(name, blockedUntil(this.#fullAtMs.get(name) ?? 0, rule, untilMs));
  }

  async readKept(incidentId: string, bucketName: string): Promise<KeptPlace | undefined> {
    return this.#kept.get(`${incidentId} ${bucketName}`);
  }

  async keep(incidentId: string, bucketName: string, place: KeptPlace): Promise<void> {
    this.#kept.set(`${incidentId} ${bucketName}`, place);
  }

  async use(incidentId: string, bucketName: string, place: KeptPlace): Promise<boolean> {
    const kept = this.#kept.get(`${incidentId} ${bucketName}`);
    if (!kept || kept.used || kept.atMs !== place.atMs) return false;
    this.#kept.set(`${incidentId} ${bucketName}`, { ...kept, used: true });
    return true;
  }
}
