import type { AuditEvent } from '../domain/audit-event.ts';
import { ChatError, codeOf } from '../domain/errors.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import type { Routing } from '../domain/routing.ts';
import { cutText } from '../domain/well-formed.ts';
import type { Asked } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import { strangerRule } from './people.ts';
import type { ChatWorkspace, IncidentRows, Log, Person, RosterEntry } from './ports.ts';
import type { RoomMessage } from './room-messages.ts';

export type RespondersDeps = {
  record: IncidentRecord;
  rows: IncidentRows;
  chat: ChatWorkspace;
  routing: Routing;
  log: Log;
};

type Found = { userId: string; source: string };
type NotFound = { who: string; source: string; reason: string };

/** Who is called to an incident, from every source that answers; a guess replaces none of them. */
export class Responders {
  readonly #deps: RespondersDeps;

  constructor(deps: RespondersDeps) {
    this.#deps = deps;
  }

  /**
   * Invites the people an alert named and, at assembly, the service's own responders, in one batch.
   * Safe to repeat. @returns how many people were reached in all
   */
  async inviteFor(of: {
    incidentId: string;
    channelId: string;
    /** Commands whose rosters to read. */
    commandIds: readonly string[];
    withService: boolean;
  }): Promise<number> {
    const { record, rows } = this.#deps;
    const loaded = await record.load(of.incidentId);
    if (!loaded) return 0;
    const entries: RosterEntry[] = of.withService ? this.#ofService(loaded.state) : [];
    for (const commandId of of.commandIds) {
      entries.push(...(await rows.readRoster(of.incidentId, commandId)));
    }
    if (loaded.state.declaredBy) {
      entries.push({ email: null, reference: loaded.state.declaredBy, source: 'declare' });
    }
    const { found, missing } = await this.#lookUp(entries);
    const invited = await this.#invite(of, { state: loaded.state, found });
    for (const failure of [...missing, ...invited.failed]) {
      await this.#recordFailure(of, failure);
    }
    return new Set([...loaded.state.invited, ...invited.userIds]).size;
  }

  /**
   * Invites people by id, and puts on record who asked for it and why.
   * @param of.source - where the wish came from, e.g. `command`
   * @returns who could not be invited, or null
   */
  async inviteById(
    asked: Asked,
    of: { userIds: readonly string[]; source: string },
  ): Promise<RoomMessage | null> {
    const { record, chat } = this.#deps;
    const state = (await record.load(asked.incidentId))?.state;
    if (!state?.room) return { kind: 'refusal', text: 'The war room is still being opened.' };
    const people = await Promise.all(of.userIds.map((id) => this.#person(id)));
    const found = people.flatMap((person) =>
      person && strangerRule(person) === undefined ? [person.id] : [],
    );
    const outcome = await chat.invite(state.room.channelId, found);
    for (const userId of outcome.invited) {
      await this.#recordInvited(asked, { userId, source: of.source });
    }
    const notInvited = of.userIds.filter((id) => !outcome.invited.includes(id));
    if (notInvited.length === 0) return null;
    const names = notInvited.map((id) => `@${id}`).join(', ');
    return { kind: 'refusal', text: `Could not invite ${names}: not full, active members.` };
  }

  /**
   * Invites whom `choose` names, once for an event. The choice is kept before anybody is invited:
   * made again after half of them came in, it would come out differently.
   * @returns who was chosen
   */
  async inviteChosen(
    event: Pick<AuditEvent, 'incidentId' | 'seq' | 'commandId'>,
    source: string,
    choose: () => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const { rows } = this.#deps;
    const { incidentId, seq, commandId } = event;
    const name = `invite#${source}`;
    const kept = (await rows.readStep(incidentId, seq, name))?.result.userIds;
    const userIds = kept === undefined ? await choose() : kept.split(' ').filter((id) => id !== '');
    if (kept === undefined) {
      const result = { userIds: userIds.join(' ') };
      await rows.writeStep(incidentId, seq, name, { done: true, result });
    }
    if (userIds.length === 0) return [];
    await this.inviteById({ incidentId, commandId, actor: WORKER }, { userIds, source });
    return userIds;
  }

  #ofService(state: IncidentState): RosterEntry[] {
    const service = this.#deps.routing.services.find(({ name }) => name === state.service);
    return (service?.responders ?? []).map(({ email }, index) => ({
      email,
      reference: `responder ${index + 1} of ${service?.name}`,
      source: 'routing',
    }));
  }

  async #lookUp(entries: readonly RosterEntry[]): Promise<{ found: Found[]; missing: NotFound[] }> {
    const found = new Map<string, Found>();
    const missing = new Map<string, NotFound>();
    const unique = new Map(
      entries.map((entry) => [entry.email?.toLowerCase() ?? entry.reference, entry]),
    );
    await Promise.all(
      [...unique.values()].map(async ({ email, reference, source }) => {
        const looked = await this.#look({ email, reference, source });
        if (looked.person) found.set(looked.person.id, { userId: looked.person.id, source });
        else missing.set(reference, { who: reference, source, reason: looked.reason });
      }),
    );
    return { found: [...found.values()], missing: [...missing.values()] };
  }

  /** One entry's person, or why there is none. A source that refuses for good is named, not fatal. */
  async #look(
    entry: RosterEntry,
  ): Promise<{ person: Person } | { person: undefined; reason: string }> {
    const { chat, log } = this.#deps;
    const { email, reference, source } = entry;
    try {
      // Only a declaration names people by their id here; elsewhere a name is no more than a name.
      const person = email
        ? await chat.personByEmail(email.toLowerCase())
        : source === 'declare'
          ? await this.#person(reference)
          : undefined;
      const reason = person ? strangerRule(person) : 'nobody in the workspace has that address';
      return person && reason === undefined
        ? { person }
        : { person: undefined, reason: reason ?? 'unknown' };
    } catch (error) {
      if (!(error instanceof ChatError) || error.retryable) throw error;
      log.warn('person not looked up', { code: error.code });
      return { person: undefined, reason: cutText(error.message, 500) };
    }
  }

  async #invite(
    of: { incidentId: string; channelId: string; commandIds: readonly string[] },
    who: { state: IncidentState; found: readonly Found[] },
  ): Promise<{ userIds: string[]; failed: NotFound[] }> {
    const wanted = who.found.filter(({ userId }) => !who.state.invited.includes(userId));
    if (wanted.length === 0) return { userIds: [], failed: [] };
    const sourceOf = new Map(wanted.map(({ userId, source }) => [userId, source]));
    const outcome = await this.#deps.chat.invite(of.channelId, [...sourceOf.keys()]);
    for (const userId of outcome.invited) {
      await this.#recordInvited(
        { incidentId: of.incidentId, commandId: `room#${of.channelId}`, actor: WORKER },
        { userId, source: sourceOf.get(userId) ?? 'unknown' },
      );
    }
    const failed = outcome.failed.map(({ userId, reason }) => ({
      who: userId,
      source: sourceOf.get(userId) ?? 'unknown',
      reason,
    }));
    return { userIds: outcome.invited, failed };
  }

  async #recordInvited(asked: Asked, of: Found): Promise<void> {
    await this.#deps.record.run({
      incidentId: asked.incidentId,
      // One invitation a person and room, whichever alert or command asked for it.
      commandId: `invited#${of.userId}`,
      actor: asked.actor,
      decide: (incident) =>
        incident?.invited.includes(of.userId)
          ? { decline: 'invited already' }
          : {
              append: 'RESPONDER_INVITED',
              details: { slackUserId: of.userId, source: of.source },
            },
    });
  }

  async #recordFailure(
    of: { incidentId: string; channelId: string },
    failure: NotFound,
  ): Promise<void> {
    await this.#deps.record.run({
      incidentId: of.incidentId,
      commandId: `not_invited#${failure.source}#${sha256Hex(failure.who)}`,
      actor: WORKER,
      decide: () => ({ append: 'RESPONDER_INVITE_FAILED', details: failure }),
    });
  }

  async #person(userId: string): Promise<Person | undefined> {
    try {
      return await this.#deps.chat.person(userId);
    } catch (error) {
      if (error instanceof ChatError && codeOf(error) === 'CHAT_NOT_FOUND') return undefined;
      throw error;
    }
  }
}

/** The function that does effects, as an actor. */
export const WORKER = { kind: 'system', id: 'incident-worker' } as const;
