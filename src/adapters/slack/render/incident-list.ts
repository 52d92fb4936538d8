import type { IncidentState } from '../../../domain/incident-state.ts';
import { incidentLine } from './announcement.ts';
import { context, fallback, header, line, type RenderedMessage } from './block-kit.ts';
import { severityWords } from './incident-card.ts';

/** Two blocks each; Slack shows 50. */
const INCIDENTS_SHOWN_MAX = 20;
const TITLE_SHOWN_MAX = 150;

/** The open incidents, with a note on why they are shown when nobody asked for them. */
export function incidentList(incidents: readonly IncidentState[], note?: string): RenderedMessage {
  const shown = incidents.slice(0, INCIDENTS_SHOWN_MAX);
  const heading = incidents.length === 0 ? 'No open incidents' : 'Open incidents';
  const left = incidents.length - shown.length;
  return {
    text: fallback(note ? `${note} ${heading}` : heading),
    blocks: [
      ...(note ? [line(note)] : []),
      header(heading),
      ...shown.flatMap((incident) => [
        line(`${severityWords(incident)} · ${incident.title}`, TITLE_SHOWN_MAX),
        context(incidentLine(incident)),
      ]),
      ...(left > 0 ? [context(`and ${left} more`)] : []),
    ],
  };
}
