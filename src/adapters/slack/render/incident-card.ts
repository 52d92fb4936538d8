import type { KnownBlock } from '@slack/types';
import { isGlassBroken, openReviews } from '../../../domain/break-glass.ts';
import { type IncidentState, statusInWords } from '../../../domain/incident-state.ts';
import { openOnPage } from '../../../domain/obligation.ts';
import { PAGE_STATUS_WORDS } from '../../../domain/page-words.ts';
import { person, quote, type Sentence, say, words } from '../../../domain/sentence.ts';
import { isOver } from '../../../domain/transitions.ts';
import {
  actions,
  button,
  context,
  cut,
  DIVIDER,
  fallback,
  fields,
  header,
  line,
  type RenderedMessage,
} from './block-kit.ts';
import { code, instant, link, literal, type Markup, markup, mention, together } from './markup.ts';

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
      context(markup`Opened ${minutes} min ago · ${code(incident.incidentId)}`),
      ...(isOver(incident) ? [] : actions([update])),
    ],
  };
}

/** The severity, and whether it was only assumed. */
export function severityWords({ severity, severityIsDefault }: IncidentState) {
  return severityIsDefault ? (`${severity} (default)` as const) : severity;
}

/** What customers read now, and what waits. Markup. */
export function publicStatus(incident: IncidentState): Markup {
  const { lastPublication } = incident.page;
  const shown = lastPublication
    ? together(
        [
          literal(PAGE_STATUS_WORDS[lastPublication.request.body.incident.status]),
          link(lastPublication.link, 'status page'),
        ],
        ' · ',
      )
    : markup`Nothing published`;
  const waiting = incident.drafts.filter(({ status }) => status === 'pending_approval').length;
  const unknown = incident.drafts.some(({ status }) => status === 'unconfirmed');
  const told = [
    shown,
    ...(waiting > 0
      ? [markup`${waiting} ${waiting === 1 ? 'draft waits' : 'drafts wait'} for approval`]
      : []),
    ...(unknown ? [markup`one publication is unconfirmed`] : []),
    ...contradiction(incident),
    ...brokenGlassWords(incident),
  ];
  return together(told, ' · ');
}

/** Said while an incident that is over is open on the page. Markup. */
function contradiction(incident: IncidentState): Markup[] {
  const { obligation } = incident;
  if (!isOver(incident) || !openOnPage(incident.page)) return [];
  if (obligation?.kept) return [markup`left open there: ${literal(cut(obligation.kept, 300))}`];
  const owed = markup`${statusWords(incident)}, but the page still shows it`;
  return [
    obligation?.isOpen ? markup`:red_circle: *${owed}*: end it there, or say why it stays` : owed,
  ];
}

export function statusWords({ status }: IncidentState): Markup {
  return literal(statusInWords(status));
}

/** How every message about an incident marks that somebody approved alone. Markup. */
export const BREAK_GLASS_WORDS = markup`:rotating_light: *break-glass*`;

/** The mark, and how many reviews still wait for somebody else; empty if nobody broke the glass. */
export function brokenGlassWords(incident: IncidentState): Markup[] {
  if (!isGlassBroken(incident)) return [];
  const waiting = openReviews(incident).length;
  if (waiting === 0) return [markup`${BREAK_GLASS_WORDS}, reviewed`];
  return [
    markup`${BREAK_GLASS_WORDS}, ${waiting} ${waiting === 1 ? 'review' : 'reviews'} to be done`,
  ];
}

function titleWords(incident: IncidentState): Sentence {
  const mark = isGlassBroken(incident) ? ' 🚨 break-glass' : '';
  const status = words(statusInWords(incident.status));
  return say`${incident.severity} ${words(incident.title)}: ${status}${mark}`;
}

function serviceWords({ service, serviceGuessed }: IncidentState): Markup {
  if (service === null) return markup`unknown`;
  return markup`${literal(cut(service, 300))}${serviceGuessed ? ' (guessed)' : ''}`;
}

function standing(incident: IncidentState): KnownBlock[] {
  const blocks: KnownBlock[] = [
    header(say`${severityWords(incident)} · ${words(incident.title)}`),
    fields([
      ['State', statusWords(incident)],
      ['Incident commander', incident.ic ? mention(incident.ic) : markup`nobody yet`],
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
    blocks.push(line(say`Summary: ${quote(incident.resolvedSummary)}`, SUMMARY_SHOWN_MAX));
  } else if (incident.lastUpdate) {
    const { text, by } = incident.lastUpdate;
    blocks.push(line(say`Last update by ${person(by)}: ${quote(text)}`, UPDATE_SHOWN_MAX));
  }
  const recent = incident.recent.slice(-RECENT_SHOWN);
  if (recent.length > 0) blocks.push(DIVIDER);
  for (const event of recent) {
    const time = words(event.at.slice(11, 16));
    blocks.push(line(say`${time} UTC  ${recorded(event.line)}`, RECENT_LINE_MAX));
  }
  return blocks;
}

/** Lines were kept as mere text once; what looks like a mention in those is none. */
function recorded(kept: Sentence | string): Sentence {
  return typeof kept === 'string' ? [words(kept)] : kept;
}

/** Whom the app called into the room. Markup; an edited message notifies nobody. */
function calledIn({ invited }: IncidentState): Markup {
  if (invited.length === 0) return markup`nobody yet`;
  const shown = together(invited.slice(0, CALLED_SHOWN).map(mention), ', ');
  const more = invited.length - CALLED_SHOWN;
  return more > 0 ? markup`${shown} and ${more} more` : shown;
}

function stormWords({ groups, before }: NonNullable<IncidentState['storm']>): Markup {
  const linked = markup`${groups} linked here`;
  return before.length === 0 ? linked : markup`${linked}, ${before.length} incidents opened before`;
}

function nextUpdate(incident: IncidentState): Markup {
  if (isOver(incident) || !incident.nudge) return markup`none due`;
  const { dueAt, silencedUntil } = incident.nudge;
  return silencedUntil === null ? instant(dueAt) : markup`silenced until ${instant(silencedUntil)}`;
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
