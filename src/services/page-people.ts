import { OnCallError } from '../domain/errors.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import { joined, person, type Sentence, say, words } from '../domain/sentence.ts';
import type { Asked } from './incident-commands.ts';
import type { IncidentRecord } from './incident-record.ts';
import type { PageOutcome, Pager } from './pager.ts';
import { type People, strangerRule } from './people.ts';
import type { IncidentRows } from './ports.ts';
import { confirmation, refusal } from './room-commands.ts';
import type { RoomMessage } from './room-messages.ts';

export type PagePeopleDeps = {
  record: IncidentRecord;
  rows: Pick<IncidentRows, 'appliedSeq'>;
  people: Pick<People, 'identify'>;
  /** Undefined: nothing that pages is connected. */
  pager: Pager | undefined;
};

/** An id of OnCall's; a storm's group is none. */
const ALERT_GROUP = /^[A-Za-z0-9]{1,64}$/;

/** Pages people who are needed now, or says how they can be. */
export class PagePeople {
  readonly #deps: PagePeopleDeps;

  constructor(deps: PagePeopleDeps) {
    this.#deps = deps;
  }

  /**
   * Pages people about the incident's alert. Who was paged is on record, and is not paged again by the
   * same command. A pager that does not answer is said, and asked again by nobody but the asker.
   */
  async page(asked: Asked, userIds: readonly string[]): Promise<RoomMessage> {
    const { record, pager } = this.#deps;
    const state = (await record.load(asked.incidentId))?.state;
    const group = state && alertGroupOf(state);
    if (!pager || group === undefined) return refusal(howToPage(state, pager !== undefined));
    const open = await this.#notYet(asked, userIds);
    const people = await Promise.all(open.map((id) => this.#deps.people.identify({ userId: id })));
    const members = people.filter((one) => strangerRule(one) === undefined);
    const strangers = people.flatMap((one) => {
      const reason = strangerRule(one);
      return reason === undefined ? [] : [{ userId: one.id, reason }];
    });
    try {
      const outcome = await pager.page(
        group,
        members.map(({ id: userId, email }) => ({ userId, email })),
      );
      const notPaged = [...strangers, ...outcome.notPaged];
      await this.#keep(asked, { ...outcome, notPaged });
      return pagedWords({ ...outcome, notPaged });
    } catch (error) {
      if (!(error instanceof OnCallError)) throw error;
      return refusal(say`${words(whyNot(error))} Call them by phone; “invite” brings them here.`);
    }
  }

  /** A command that comes again pages only whom it did not page before. */
  async #notYet(asked: Asked, userIds: readonly string[]): Promise<string[]> {
    const applied = await Promise.all(
      userIds.map((id) => this.#deps.rows.appliedSeq(asked.incidentId, pageId(asked, id))),
    );
    return userIds.filter((_, index) => applied[index] === undefined);
  }

  async #keep(asked: Asked, { paged }: PageOutcome): Promise<void> {
    const facts = paged.map((userId) => ({
      commandId: pageId(asked, userId),
      actor: asked.actor,
      decide: () => ({
        append: 'RESPONDER_PAGED' as const,
        details: { slackUserId: userId, through: 'OnCall' as const },
      }),
    }));
    await this.#deps.record.runAll<string>(asked.incidentId, facts);
  }
}

function pageId({ commandId }: Asked, userId: string): string {
  return `${commandId}#paged#${userId}`;
}

function alertGroupOf({ alertGroup, storm }: IncidentState): string | undefined {
  if (alertGroup?.source !== 'grafana-oncall' || storm) return undefined;
  return ALERT_GROUP.test(alertGroup.group) ? alertGroup.group : undefined;
}

function howToPage(state: IncidentState | undefined, isConnected: boolean): Sentence {
  const why = isConnected
    ? say`Nobody can be paged from here: this incident is of no alert group in OnCall.`
    : say`Nobody can be paged from here: OnCall is not connected.`;
  const link = state?.alertGroup?.link;
  const where = link ? say` (the alert: ${words(link)})` : '';
  return say`${why} Page them where your alerts come from${where}, or call them; “invite” brings them here.`;
}

function pagedWords({ paged, notPaged }: PageOutcome): RoomMessage {
  const came = paged.length > 0 ? say`Paged by OnCall: ${joined(paged.map(person), ', ')}.` : [];
  if (notPaged.length === 0) {
    return confirmation(paged.length > 0 ? came : 'They were paged by that command already.');
  }
  const others = notPaged.map(({ userId, reason }) => say`${person(userId)}: ${words(reason)}`);
  const not = say`Could not page ${joined(others, '; ')}.`;
  return refusal(paged.length > 0 ? say`${came} ${not}` : not);
}

function whyNot({ code }: OnCallError): string {
  switch (code) {
    case 'ONCALL_REFUSED':
      return 'OnCall did not page anybody: the alert may be resolved there, or its API key may not page.';
    case 'ONCALL_RATE_LIMITED':
      return 'OnCall is asked too much just now, so nobody was paged.';
    default:
      return 'OnCall did not answer, so nobody can tell whether anybody was paged.';
  }
}
