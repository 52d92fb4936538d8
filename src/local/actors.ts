import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DocumentClient, ScanCommand } from '../adapters/dynamodb/document-client.ts';
import type { AuditEvent } from '../domain/audit-event.ts';
import type { OncallEventType } from './samples/oncall-alert.ts';
import { deliveryOf, type Firing, newFiring, SAMPLE_ALERTS } from './samples/sample-alerts.ts';
import { postSignedAlert } from './sign-alert.ts';
import type { World } from './world.ts';

/** A message as Slack's control API shows it. */
export type ShownMessage = {
  ts: string;
  user: string;
  text: string;
  blocks?: Record<string, unknown>[];
  metadata?: { event_payload?: Record<string, unknown> };
  edited?: unknown;
  files?: { id: string; name: string }[];
  thread: string | null;
};
/** A channel as Slack's control API shows it. */
export type ShownChannel = {
  id: string;
  name: string;
  topic: string;
  members: string[];
  pins: { ts: string }[];
  bookmarks: { title?: string }[];
  messages: ShownMessage[];
};
/** What only one person saw. */
export type ShownEphemeral = {
  channel: string;
  user: string;
  text: string;
  via: string;
  ts: string;
};
/** An open modal. */
export type ShownView = {
  view_id: string;
  callback_id: string;
  blocks: Record<string, unknown>[];
  errors: Record<string, string>;
};
/** An incident on the public page, newest update first. */
export type ShownPageIncident = {
  id: string;
  name: string;
  status: string;
  shortlink: string;
  incident_updates: { body: string; status: string; mailedTo: string[] }[];
  metadata: Record<string, unknown>;
};
/** What Slack got back at once for a request it sent. */
export type Ack = { status: number; body: string; ms: number };
/** What a person fills into a modal, by field. */
export type Filled = Record<string, string | string[]>;

/**
 * People and alert sources, acting in a world from outside: signed alerts over HTTP, Slack's control
 * API for what people type and click. Knows nothing that a person could not see, but the trail.
 */
export class Actors {
  readonly world: World;
  readonly #documents: DocumentClient;
  readonly #client: DynamoDBClient;
  #fired = 0;

  constructor(world: World) {
    this.world = world;
    const { region, credentials, urls } = world.ready;
    this.#client = new DynamoDBClient({ region, credentials, endpoint: urls.aws });
    this.#documents = new DocumentClient(this.#client);
  }

  /** A sample alert starts to fire, and its source sends `type`. */
  async fires(
    sampleId: string,
    type: OncallEventType = 'alert group created',
  ): Promise<Firing & { status: number }> {
    const alert = SAMPLE_ALERTS.find(({ id }) => id === sampleId);
    if (!alert) throw new Error(`cannot fire ${sampleId}: expected a sample alert`);
    this.#fired += 1;
    const firing = newFiring(alert, this.world.clock.nowMs(), this.#fired);
    return { ...firing, status: await this.sends(firing, type) };
  }

  /** The source of a firing sends a further event of it, at `atMs`. @returns the HTTP status */
  async sends(firing: Firing, type: OncallEventType, atMs?: number): Promise<number> {
    const { urls, secrets } = this.world.ready;
    const nowMs = this.world.clock.nowMs();
    const target = { apiUrl: urls.api, secrets, nowMs };
    const delivery = deliveryOf(firing, type, atMs ?? nowMs);
    // OnCall knows its own groups before it tells anybody.
    this.world.oncall.groups.register(delivery.body);
    return (await postSignedAlert(target, delivery)).status;
  }

  /** Somebody types the root command and `text`. */
  async says(user: string, channel: string, text: string): Promise<Ack> {
    return (await this.#act('command', { user, channel, text })).ack as Ack;
  }

  /**
   * Somebody clicks the newest button of this name in a channel.
   * @param of.value - instead of the button's own: a card that is not the current one
   */
  async clicks(
    user: string,
    channel: string,
    of: { action: string; value?: string; ts?: string },
  ): Promise<Ack> {
    const ts = of.ts ?? (await this.#messageWith(channel, of.action)).ts;
    const value = of.value === undefined ? {} : { value: of.value };
    return (await this.#act('click', { user, channel, ts, action_id: of.action, ...value }))
      .ack as Ack;
  }

  /** Somebody fills and submits the modal they have open. @returns Slack's raw answer */
  async submits(user: string, filled: Filled): Promise<Record<string, unknown>> {
    const view = await this.view(user);
    if (!view) throw new Error(`cannot submit: ${user} has no modal open`);
    const values: Record<string, Record<string, unknown>> = {};
    for (const block of view.blocks) {
      const field = String(block.block_id);
      const { action_id: action } = (block.element ?? {}) as { action_id?: string };
      if (action !== undefined && filled[field] !== undefined) {
        values[field] = { [action]: filled[field] };
      }
    }
    return this.#act('submit', { user, view_id: view.view_id, values });
  }

  /** The modal a person has open, on top. */
  async view(user: string): Promise<ShownView | undefined> {
    const views = await this.#slack<ShownView[]>(`views?user=${user}`);
    return views.at(-1);
  }

  /** Waits until all that follows has happened. @throws when it does not end */
  async settle(timeoutMs = 10_000): Promise<void> {
    const { idle, pending } = await this.world.idle(timeoutMs);
    if (!idle) throw new Error(`the world is not idle: ${JSON.stringify(pending)}`);
  }

  channels(): Promise<ShownChannel[]> {
    return this.#slack('channels');
  }

  channel(id: string): Promise<ShownChannel> {
    return this.#slack(`channels/${id}`);
  }

  ephemerals(user: string): Promise<ShownEphemeral[]> {
    return this.#slack(`ephemerals?user=${user}`);
  }

  /** A file that was shared in Slack. */
  async file(id: string): Promise<string> {
    return (await this.#slack<{ content: string }>(`files/${id}`)).content;
  }

  /** What the public reads. */
  async page(): Promise<ShownPageIncident[]> {
    return (await this.#get(`${this.world.ready.urls.statuspage}/_world/incidents`)) as never;
  }

  /** What was asked of the status page's Manage API. */
  async pageRequests(): Promise<{ method: string; path: string }[]> {
    return (await this.#get(`${this.world.ready.urls.statuspage}/_world/requests`)) as never;
  }

  /** The whole audit trail, by chain, each in its order. */
  async trails(): Promise<Map<string, AuditEvent[]>> {
    const chains = new Map<string, AuditEvent[]>();
    let from: Record<string, unknown> | undefined;
    do {
      const page = await this.#documents.send(
        new ScanCommand({
          TableName: this.world.ready.tables.audit,
          ConsistentRead: true,
          ...(from ? { ExclusiveStartKey: from } : {}),
        }),
      );
      for (const item of (page.Items ?? []) as AuditEvent[]) {
        chains.set(item.incidentId, [...(chains.get(item.incidentId) ?? []), item]);
      }
      from = page.LastEvaluatedKey;
    } while (from);
    for (const chain of chains.values()) chain.sort((a, b) => a.seq - b.seq);
    return chains;
  }

  /** One incident's events, in order. */
  async trail(incidentId: string): Promise<AuditEvent[]> {
    return (await this.trails()).get(incidentId) ?? [];
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.destroy();
  }

  async #messageWith(channelId: string, action: string): Promise<ShownMessage> {
    const { messages, name } = await this.channel(channelId);
    const found = messages.findLast((message) => actionsOf(message).includes(action));
    if (!found) throw new Error(`cannot click ${action}: no message of #${name} has that button`);
    return found;
  }

  #slack<T>(path: string): Promise<T> {
    return this.#get(`${this.world.ready.urls.slack}/_world/${path}`) as Promise<T>;
  }

  async #get(url: string): Promise<unknown> {
    return (await fetch(url)).json();
  }

  async #act(what: string, body: unknown): Promise<Record<string, unknown>> {
    const url = `${this.world.ready.urls.slack}/_world/${what}`;
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    const answer = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`cannot ${what}: got ${response.status} ${answer.error}`);
    return answer;
  }
}

/** The action ids of a message's buttons and inputs. */
export function actionsOf(message: Pick<ShownMessage, 'blocks'>): string[] {
  const inside = (message.blocks ?? []).flatMap((block) => [
    ...((block.elements ?? []) as Record<string, unknown>[]),
    ...(block.accessory ? [block.accessory as Record<string, unknown>] : []),
  ]);
  return inside.flatMap(({ action_id: id }) => (typeof id === 'string' ? [id] : []));
}
