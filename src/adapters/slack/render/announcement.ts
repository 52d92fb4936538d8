import type { IncidentState } from '../../../domain/incident-state.ts';
import { say, words } from '../../../domain/sentence.ts';
import { context, fallback, line, type RenderedMessage } from './block-kit.ts';
import { publicStatus, severityWords, statusWords } from './incident-card.ts';
import { type Markup, markup, mention, room } from './markup.ts';

const TITLE_SHOWN_MAX = 300;

/** The one message about an incident in the announcement channel. */
export function announcement(incident: IncidentState): RenderedMessage {
  return {
    text: fallback(say`${incident.severity} ${words(incident.title)}: ${incident.status}`),
    blocks: [
      line(say`${severityWords(incident)} · ${words(incident.title)}`, TITLE_SHOWN_MAX),
      context(incidentLine(incident)),
    ],
  };
}

/** Where an incident stands, on one line. Markup. */
export function incidentLine(incident: IncidentState): Markup {
  const where = incident.room ? room(incident.room.channelId) : 'no room yet';
  const ic = incident.ic ? markup`IC ${mention(incident.ic)}` : 'no IC yet';
  return markup`${statusWords(incident)} · ${where} · ${ic} · ${publicStatus(incident)}`;
}
