import type { AuditEvent } from '../domain/audit-event.ts';
import type { Command } from '../domain/command.ts';
import { draftedText } from '../domain/customer-text.ts';
import type { DraftContent } from '../domain/draft.ts';
import { componentNames, defaultDraftContent } from '../domain/draft-defaults.ts';
import { likelyPageStatus } from '../domain/draft-template.ts';
import { sha256Hex } from '../domain/ids.ts';
import type { IncidentState } from '../domain/incident-state.ts';
import type { Routing } from '../domain/routing.ts';
import type { PageStatus } from '../domain/statuspage-event-details.ts';
import type { ClaimsOfOthers } from './claims-of-others.ts';
import { saidOf } from './decision-refusals.ts';
import type { PersonRequest } from './forms.ts';
import type { IncidentRecord } from './incident-record.ts';
import type {
  AuditTrail,
  ChatWorkspace,
  IncidentMessage,
  IncidentQueue,
  IncidentRows,
} from './ports.ts';
import { WORKER } from './responders.ts';
import { refusal } from './room-commands.ts';
import type { DraftReference, RoomMessage } from './room-messages.ts';
import type { DraftSource, StatusDrafts } from './status-drafts.ts';
import type { StatusTexts } from './status-texts.ts';
import { validateForm } from './validate-form.ts';

/** Events looked at for what people have said lately. */
const RECENT_EVENTS = 200;
/** How much of it a model is told. */
const TEXTS_TOLD_MAX = 10;

export type DraftRequestsDeps = {
  record: IncidentRecord;
  trail: AuditTrail;
  rows: IncidentRows;
  chat: ChatWorkspace;
  queue: IncidentQueue;
  drafts: StatusDrafts;
  texts: StatusTexts;
  claims: Pick<ClaimsOfOthers, 'on'>;
  routing: Routing;
  aiEnabled: boolean;
};

/** Status page drafts as people ask for them: by words, by form, with or without a model's help. */
export class DraftRequests {
  readonly #deps: DraftRequestsDeps;

  constructor(deps: DraftRequestsDeps) {
    this.#deps = deps;
  }

  /** `draft <status> <text>`: the person's words. Without text, slack-ingress has opened a form. */
  async byCommand(
    request: PersonRequest,
    of: {
      command: Extract<Command, { kind: 'draft' }>;
      incidentId: string;
      viewId: string | undefined;
    },
  ): Promise<RoomMessage | null> {
    const { record, drafts } = this.#deps;
    const { command, incidentId, viewId } = of;
    const incident = (await record.load(incidentId))?.state;
    if (!incident) return refusal('This incident does not exist.');
    const status = command.status ?? likelyPageStatus(incident);
    if (command.text === '') {
      if (viewId) await this.#askForProposal({ incidentId, viewId, status, request });
      return null;
    }
    const content = await this.#default(incident, status, draftedText(command.text));
    const problems = this.#problems(content);
    if (problems) return refusal(problems);
    const made = await drafts.create({
      incidentId,
      commandId: request.requestSha256,
      actor: { kind: 'slack_user', id: request.userId },
      authors: [request.userId],
      content,
      source: { origin: 'words', ai: null },
    });
    return made ? refusal(saidOf(made)) : null;
  }

  /** A submitted form: the next revision of the draft it edits, or a new draft. */
  async bySubmit(
    request: PersonRequest & { kind: 'submit'; form: 'draft' },
  ): Promise<RoomMessage | null> {
    const { drafts } = this.#deps;
    const problems = this.#problems(request.fields);
    if (problems) return refusal(problems);
    const { title, text } = request.fields;
    const content = { ...request.fields, title: draftedText(title), text: draftedText(text) };
    const shared = {
      incidentId: request.incidentId,
      commandId: request.requestSha256,
      actor: { kind: 'slack_user', id: request.userId } as const,
      content,
      source: await this.#source(request),
      overrideReason: request.overrideReason,
    };
    const outcome = request.editing
      ? await drafts.revise({ ...shared, seen: request.editing })
      : await drafts.create({ ...shared, authors: [request.userId] });
    return outcome ? refusal(saidOf(outcome)) : null;
  }

  /** Asks the model and shows its words in the open form. Slow; runs in a message of its own. */
  async propose(message: Extract<IncidentMessage, { kind: 'propose' }>): Promise<void> {
    const { record, chat, routing, texts, rows } = this.#deps;
    const incident = (await record.load(message.incidentId))?.state;
    if (!incident) return;
    const status = message.pageStatus as PageStatus;
    const proposed = await texts.propose(await this.#facts(incident, status));
    const template = texts.template(status, this.#componentNames(incident, status));
    const fields = await this.#default(incident, status, template);
    if (proposed.kind === 'proposal') {
      await rows.writeStep(message.incidentId, 0, proposalKey(message.userId), {
        done: true,
        result: {
          modelId: proposed.modelId,
          promptVersion: proposed.promptVersion,
          inputSha256: proposed.inputSha256,
          redactionCount: String(proposed.redactionCount),
        },
      });
    }
    await chat.updateForm(message.viewId, {
      kind: 'draft',
      incidentId: message.incidentId,
      channelId: incident.room?.channelId ?? '',
      fields,
      components: routing.components,
      editing: null,
      proposal:
        proposed.kind === 'proposal'
          ? {
              kind: 'ready',
              title: proposed.title,
              text: proposed.text,
              modelId: proposed.modelId,
            }
          : { kind: 'template', reason: proposed.reason },
    });
  }

  /** Ends what must not be published any more. Safe to repeat. */
  withdrawOutlived(incidentId: string): Promise<void> {
    return this.#deps.drafts.withdrawOutlived(incidentId);
  }

  /** The draft that ends the page incident, proposed when the incident is resolved or cancelled. */
  async proposeResolution(incident: IncidentState, resolved: AuditEvent): Promise<void> {
    const { drafts, texts } = this.#deps;
    const { statuspageIncidentId, removed } = incident.page;
    if (statuspageIncidentId === null || removed) return;
    const isUnwanted =
      resolved.type === 'INCIDENT_RESOLVED' && resolved.details.proposeOnPage === false;
    if (isUnwanted) return;
    if (incident.page.lastPublication?.request.body.incident.status === 'resolved') return;
    const text = texts.template('resolved', this.#componentNames(incident, 'resolved'));
    await drafts.create({
      incidentId: incident.incidentId,
      commandId: `${resolved.commandId}#resolution_draft`,
      actor: WORKER,
      onlyWhenEnded: true,
      // Whoever resolved asked for this text, so on a P1 somebody else approves it.
      authors: resolved.actor.kind === 'slack_user' ? [resolved.actor.id] : [],
      content: await this.#default(incident, 'resolved', text),
      source: { origin: 'template', ai: null },
    });
  }

  /** Link to the newest card of a draft. */
  async currentCard(
    draft: Pick<DraftReference, 'incidentId' | 'draftId'>,
  ): Promise<{ title: string; url: string } | undefined> {
    const { record, rows, chat } = this.#deps;
    const incident = (await record.load(draft.incidentId))?.state;
    const current =
      incident?.drafts.find((known) => known.draftId === draft.draftId) ?? incident?.drafts.at(-1);
    if (!incident?.room || !current) return undefined;
    const step = await rows.readStep(incident.incidentId, current.revisionSeq, 'approval_card');
    const ts = step?.result.ts;
    if (!ts) return undefined;
    const url = await chat.permalink(incident.room.channelId, ts);
    return { title: `Newest card (revision ${current.revision})`, url };
  }

  /** A draft before a person changes it, no better than other open incidents say. */
  async #default(incident: IncidentState, status: PageStatus, text: string): Promise<DraftContent> {
    const { routing, claims } = this.#deps;
    const of = { incident, routing, status, text };
    const named = Object.keys(defaultDraftContent(of).components);
    const others = await claims.on(named, incident.incidentId);
    return defaultDraftContent({ ...of, claims: others });
  }

  #componentNames(incident: IncidentState, status: PageStatus): string[] {
    return componentNames({ incident, routing: this.#deps.routing, status });
  }

  /** Sent in as it stood in the form: nobody's own words, and the card says so. */
  #isTemplate(incident: IncidentState, { status, text }: DraftContent): boolean {
    return (
      draftedText(text).trim() ===
      this.#deps.texts.template(status, this.#componentNames(incident, status))
    );
  }

  #problems(fields: DraftContent): string | undefined {
    const found = validateForm(
      { kind: 'submit', form: 'draft', incidentId: '', fields, editing: null, usedProposal: null },
      this.#deps.routing.components,
    );
    return Object.values(found).join(' ') || undefined;
  }

  async #askForProposal(of: {
    incidentId: string;
    viewId: string;
    status: PageStatus;
    request: PersonRequest;
  }): Promise<void> {
    if (!this.#deps.aiEnabled) return;
    const { incidentId, viewId, status, request } = of;
    await this.#deps.queue.send(
      { kind: 'propose', incidentId, viewId, pageStatus: status, userId: request.userId },
      { group: `ai#${incidentId}`, deduplicationId: sha256Hex(`propose#${request.requestSha256}`) },
    );
  }

  async #source(request: PersonRequest & { kind: 'submit'; form: 'draft' }): Promise<DraftSource> {
    if (!request.usedProposal) {
      const incident = (await this.#deps.record.load(request.incidentId))?.state;
      const isTemplate = incident !== undefined && this.#isTemplate(incident, request.fields);
      return { origin: isTemplate ? 'template' : 'words', ai: null };
    }
    const step = await this.#deps.rows.readStep(request.incidentId, 0, proposalKey(request.userId));
    if (step?.result.modelId !== request.usedProposal.modelId) return { origin: 'words', ai: null };
    const { modelId, promptVersion = '', inputSha256 = '', redactionCount } = step.result;
    return {
      origin: 'proposal',
      ai: { modelId, promptVersion, inputSha256, redactionCount: Number(redactionCount) },
    };
  }

  async #facts(incident: IncidentState, status: PageStatus) {
    const from = Math.max(1, incident.version - RECENT_EVENTS);
    const events = await this.#deps.trail.from(incident.incidentId, from);
    const texts = (type: 'NOTE_ADDED' | 'STATUS_UPDATE_SENT') =>
      events
        .flatMap((event) => (event.type === type ? [event.details.text] : []))
        .slice(-TEXTS_TOLD_MAX);
    return {
      status,
      severity: incident.severity,
      serviceNames: incident.service ? [incident.service] : [],
      componentNames: this.#componentNames(incident, status),
      alertTitles: [incident.title],
      internalUpdates: texts('STATUS_UPDATE_SENT'),
      notes: texts('NOTE_ADDED'),
      lastPublishedText: incident.page.lastPublication?.request.body.incident.body,
    };
  }
}

function proposalKey(userId: string): string {
  return `proposal#${userId}`;
}
