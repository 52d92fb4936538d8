import { type IncidentState, statusInWords } from '../../../domain/incident-state.ts';
import type { JoinPolicy } from '../../../domain/routing.ts';
import { say, words } from '../../../domain/sentence.ts';
import { isOver } from '../../../domain/transitions.ts';
import { actions, button, context, fallback, line, type RenderedMessage } from './block-kit.ts';
import { publicStatus, severityWords, statusWords } from './incident-card.ts';
import { type Markup, markup, mention, room } from './markup.ts';

const TITLE_SHOWN_MAX = 300;

/** The one message about an incident in the announcement channel, with the way in for who can help. */
export function announcement(incident: IncidentState, join: JoinPolicy): RenderedMessage {
  const isJoined = incident.room !== null && join !== 'closed' && !isOver(incident);
  const value = JSON.stringify({ incidentId: incident.incidentId });
  const label = join === 'ask' ? 'Ask to join' : 'Join';
  return {
    text: fallback(
      say`${incident.severity} ${words(incident.title)}: ${words(statusInWords(incident.status))}`,
    ),
    blocks: [
      line(say`${severityWords(incident)} · ${words(incident.title)}`, TITLE_SHOWN_MAX),
      context(incidentLine(incident)),
      ...(isJoined ? actions([button({ label, actionId: 'incident_join', value })]) : []),
    ],
  };
}

/** Where an incident stands, on one line. Markup. */
export function incidentLine(incident: IncidentState): Markup {
  const where = incident.room ? room(incident.room.channelId) : 'no room yet';
  const ic = incident.ic ? markup`IC ${mention(incident.ic)}` : 'no IC yet';
  return markup`${statusWords(incident)} · ${where} · ${ic} · ${publicStatus(incident)}`;
}
