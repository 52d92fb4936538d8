import { asObject, asText, type JsonObject } from '../../domain/alerts/read-json.ts';
import type { Paged, PageOutcome, Pager } from '../../services/pager.ts';
import type { OnCallClient } from './oncall-client.ts';
import { slackIdOf } from './oncall-directory.ts';

/** Pages of users read; 100 people each. */
const USER_PAGES_MAX = 10;

/**
 * Pages people through Grafana OnCall, by their important notification rules, on an alert group that
 * OnCall has: it makes no further group, which would come back to us as another alert.
 *
 * OnCall takes this from the API key of a person only, not from a service account.
 * https://grafana.com/docs/oncall/latest/oncall-api-reference/escalation/
 */
export class OnCallPager implements Pager {
  readonly #of: { client: OnCallClient; teamId: string };

  constructor(of: { client: OnCallClient; teamId: string }) {
    this.#of = of;
  }

  async page(alertGroup: string, people: readonly Paged[]): Promise<PageOutcome> {
    const known = await this.#idsOf(people);
    const paged = people.filter(({ userId }) => known.has(userId)).map(({ userId }) => userId);
    const users = paged.map((userId) => ({ id: known.get(userId) as string, important: true }));
    if (users.length > 0) await this.#of.client.escalate({ alert_group_id: alertGroup, users });
    const reason = 'OnCall knows nobody by their Slack account or address';
    const others = people.filter(({ userId }) => !known.has(userId));
    return { paged, notPaged: others.map(({ userId }) => ({ userId, reason })) };
  }

  /** OnCall's own ids, by those of the chat workspace. */
  async #idsOf(people: readonly Paged[]): Promise<Map<string, string>> {
    const known = new Map<string, string>();
    for await (const page of this.#of.client.pages('users', {}, USER_PAGES_MAX)) {
      for (const each of page) {
        const user = asObject(each);
        const id = asText(user?.id, 64);
        if (!user || !id) continue;
        const found = people.find((person) => this.#isUser(user, person));
        if (found && !known.has(found.userId)) known.set(found.userId, id);
      }
      if (known.size === people.length) break;
    }
    return known;
  }

  #isUser(user: JsonObject, { userId, email }: Paged): boolean {
    if (slackIdOf(user, this.#of.teamId) === userId) return true;
    const address = asText(user.email, 320)?.toLowerCase();
    return email !== null && address === email.toLowerCase();
  }
}
