import type { IncidentState } from '../../../domain/incident-state.ts';
import { context, fallback, line, type RenderedMessage } from './block-kit.ts';
import { publicStatus, severityWords } from './incident-card.ts';

const TITLE_SHOWN_MAX = 300;

/** The one message about an incident in the announcement channel. */
export function announcement(incident: IncidentState): RenderedMessage {
  return {
    text: fallback(`${incident.severity} ${incident.title}: ${incident.status}`),
    blocks: [
      line(`${severityWords(incident)} · ${incident.title}`, TITLE_SHOWN_MAX),
      context(incidentLine(incident)),
    ],
  };
}

/** Where an incident stands, on one line. Markup. */
export function incidentLine(incident: IncidentState): string {
  const room = incident.room ? `<#${incident.room.channelId}>` : 'no room yet';
  const ic = incident.ic ? `IC <@${incident.ic}>` : 'no IC yet';
  const state = incident.status.replaceAll('_', ' ');
  return `${state} · ${room} · ${ic} · ${publicStatus(incident)}`;
}
