import type { KnownBlock } from '@slack/types';
import { isGlassBroken, openReviews } from '../../../domain/break-glass.ts';
import type { IncidentState } from '../../../domain/incident-state.ts';
import { openOnPage } from '../../../domain/obligation.ts';
import { PAGE_STATUS_WORDS } from '../../../domain/page-words.ts';
import {
  actions,
  button,
  context,
  DIVIDER,
  fallback,
  fields,
  header,
  instant,
  line,
  link,
  literal,
  type RenderedMessage,
} from './block-kit.ts';

/** The last events shown on the card, and how much of each. */
const RECENT_SHOWN = 3;
const RECENT_LINE_MAX = 300;
/** People named as called in; the room itself lists everybody. */
const CALLED_SHOWN = 5;
const UPDATE_SHOWN_MAX = 600;
const SUMMARY_SHOWN_MAX = 1_500;

/** The card on top of the war room: where the incident stands, and what can be done now. */
export function incidentCard(incident: IncidentState): RenderedMessage {
  return {
    text: fallback(titleWords(incident)),
    blocks: [...standing(incident), ...cardActions(incident)],
  };
}

/** What `status` shows to its asker: the card with the time it took so far. */
export function statusCard(incident: IncidentState, nowMs: number): RenderedMessage {
  const minutes = Math.max(0, Math.floor((nowMs - Date.parse(incident.openedAt)) / 60_000));
  const update = button({
    label: 'Update',
    actionId: 'incident_update',
    value: JSON.stringify({ incidentId: incident.incidentId }),
  });
  return {
    text: fallback(titleWords(incident)),
    blocks: [
      ...standing(incident),
      context(`Opened ${minutes} min ago · \`${incident.incidentId}\``),
      ...(isOver(incident) ? [] : actions([update])),
    ],
  };
}

/** True when nothing more is to be done about the incident. */
export function isOver(incident: IncidentState): boolean {
  return ['resolved', 'closed', 'cancelled'].includes(incident.status);
}

/** The severity, and whether it was only assumed. */
export function severityWords(incident: IncidentState): string {
  return incident.severityIsDefault ? `${incident.severity} (default)` : incident.severity;
}

/** What customers read now, and what waits. Markup. */
export function publicStatus(incident: IncidentState): string {
  const { lastPublication } = incident.page;
  const shown = lastPublication
    ? `${PAGE_STATUS_WORDS[lastPublication.request.body.incident.status]} · ` +
      link(lastPublication.link, 'status page')
    : 'Nothing published';
  const waiting = incident.drafts.filter(({ status }) => status === 'pending_approval').length;
  const unknown = incident.drafts.some(({ status }) => status === 'unconfirmed');
  return [
    shown,
    ...(waiting > 0
      ? [`${waiting} ${waiting === 1 ? 'draft waits' : 'drafts wait'} for approval`]
      : []),
    ...(unknown ? ['one publication is unconfirmed'] : []),
    ...contradiction(incident),
    ...brokenGlassWords(incident),
  ].join(' · ');
}

/** Said while an incident that is over is open on the page. Markup. */
function contradiction(incident: IncidentState): string[] {
  const { obligation } = incident;
  if (!isOver(incident) || !openOnPage(incident.page)) return [];
  if (obligation?.kept) return [`left open there: ${literal(obligation.kept).slice(0, 300)}`];
  const owed = `${statusWords(incident)}, but the page still shows it`;
  return [obligation?.isOpen ? `:red_circle: *${owed}*: end it there, or say why it stays` : owed];
}

function statusWords(incident: IncidentState): string {
  return incident.status.replaceAll('_', ' ');
}

/** How every message about an incident marks that somebody approved alone. Markup. */
export const BREAK_GLASS_WORDS = ':rotating_light: *break-glass*';

/** The mark, and how many reviews still wait for somebody else; empty if nobody broke the glass. */
export function brokenGlassWords(incident: IncidentState): string[] {
  if (!isGlassBroken(incident)) return [];
  const waiting = openReviews(incident).length;
  if (waiting === 0) return [`${BREAK_GLASS_WORDS}, reviewed`];
  return [`${BREAK_GLASS_WORDS}, ${waiting} ${waiting === 1 ? 'review' : 'reviews'} to be done`];
}

function titleWords(incident: IncidentState): string {
  const mark = isGlassBroken(incident) ? ' 🚨 break-glass' : '';
  return `${incident.severity} ${incident.title}: ${statusWords(incident)}${mark}`;
}

function serviceWords({ service, serviceGuessed }: IncidentState): string {
  if (service === null) return 'unknown';
  return `${literal(service).slice(0, 300)}${serviceGuessed ? ' (guessed)' : ''}`;
}

function standing(incident: IncidentState): KnownBlock[] {
  const blocks: KnownBlock[] = [
    header(`${severityWords(incident)} · ${incident.title}`),
    fields([
      ['State', statusWords(incident)],
      ['Incident commander', incident.ic ? `<@${incident.ic}>` : 'nobody yet'],
      ['Called in', calledIn(incident)],
      ['Service', serviceWords(incident)],
      ['Started', instant(incident.openedAt)],
      ['Next update', nextUpdate(incident)],
      ['Status page', publicStatus(incident)],
      ...(incident.storm ? ([['Alert groups', stormWords(incident.storm)]] as const) : []),
      ...(incident.alertGroup?.link
        ? ([['Alert', link(incident.alertGroup.link, 'open at the source')]] as const)
        : []),
    ]),
  ];
  if (incident.resolvedSummary !== null) {
    blocks.push(line(`Summary: ${incident.resolvedSummary}`, SUMMARY_SHOWN_MAX));
  } else if (incident.lastUpdate) {
    const { text, by } = incident.lastUpdate;
    blocks.push(line(`Last update by @${by}: ${text}`, UPDATE_SHOWN_MAX));
  }
  const recent = incident.recent.slice(-RECENT_SHOWN);
  if (recent.length > 0) blocks.push(DIVIDER);
  for (const event of recent) {
    blocks.push(line(`${event.at.slice(11, 16)} UTC  ${event.line}`, RECENT_LINE_MAX));
  }
  return blocks;
}

/** Whom the app called into the room. Markup; an edited message notifies nobody. */
function calledIn({ invited }: IncidentState): string {
  if (invited.length === 0) return 'nobody yet';
  const shown = invited.slice(0, CALLED_SHOWN).map((userId) => `<@${userId}>`);
  const more = invited.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

function stormWords({ groups, before }: NonNullable<IncidentState['storm']>): string {
  const linked = `${groups} linked here`;
  return before.length === 0 ? linked : `${linked}, ${before.length} incidents opened before`;
}

function nextUpdate(incident: IncidentState): string {
  if (isOver(incident) || !incident.nudge) return 'none due';
  const { dueAt, silencedUntil } = incident.nudge;
  return silencedUntil === null ? instant(dueAt) : `silenced until ${instant(silencedUntil)}`;
}

function cardActions(incident: IncidentState): KnownBlock[] {
  const value = JSON.stringify({ incidentId: incident.incidentId });
  if (isOver(incident)) {
    if (!incident.obligation?.isOpen) return [];
    return actions([
      button({ label: 'Draft the resolution', actionId: 'statuspage_draft', value }),
      button({ label: 'Say why it stays', actionId: 'statuspage_leave', value }),
    ]);
  }
  const take = button({
    label: 'Take IC',
    actionId: 'incident_take_ic',
    value,
    style: 'primary',
  });
  return actions([
    ...(incident.ic === null ? [take] : []),
    button({ label: 'Update', actionId: 'incident_update', value }),
    button({ label: 'Draft status page', actionId: 'statuspage_draft', value }),
    button({ label: 'Resolve', actionId: 'incident_resolve', value }),
  ]);
}
