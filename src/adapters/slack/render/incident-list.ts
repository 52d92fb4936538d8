import type { IncidentState } from '../../../domain/incident-state.ts';
import { type Sentence, say, words } from '../../../domain/sentence.ts';
import { incidentLine } from './announcement.ts';
import { context, fallback, header, line, type RenderedMessage } from './block-kit.ts';
import { severityWords } from './incident-card.ts';
import { markup } from './markup.ts';

/** Two blocks each; Slack shows 50. */
const INCIDENTS_SHOWN_MAX = 20;
const TITLE_SHOWN_MAX = 150;

/** The open incidents, with a note on why they are shown when nobody asked for them. */
export function incidentList(
  incidents: readonly IncidentState[],
  note?: Sentence,
): RenderedMessage {
  const shown = incidents.slice(0, INCIDENTS_SHOWN_MAX);
  const heading = incidents.length === 0 ? say`No open incidents` : say`Open incidents`;
  const left = incidents.length - shown.length;
  return {
    text: fallback(note ? say`${note} ${heading}` : heading),
    blocks: [
      ...(note ? [line(note)] : []),
      header(heading),
      ...shown.flatMap((incident) => [
        line(say`${severityWords(incident)} · ${words(incident.title)}`, TITLE_SHOWN_MAX),
        context(incidentLine(incident)),
      ]),
      ...(left > 0 ? [context(markup`and ${left} more`)] : []),
    ],
  };
}
