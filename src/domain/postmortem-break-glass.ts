import type { AuditEvent, DetailsOf } from './audit-event.ts';
import { reviewWords } from './break-glass.ts';
import { literal, named, type PostmortemNames, stamp } from './postmortem-words.ts';
import { textOf } from './sentence.ts';

type BreakGlassEvent = Extract<AuditEvent, { type: 'BREAK_GLASS_USED' }>;

/** The warning on top of a postmortem in which somebody approved alone; none if nobody did. */
export function glassSections(events: readonly AuditEvent[], names: PostmortemNames): string[] {
  const used = glassOf(events);
  if (used.length === 0) return [];
  const lines = used.map(
    ({ at, actor, details }) =>
      `> - **${stamp(at)} UTC** ${named(`@${actor.id}`, names)}, revision ${details.revision}: ` +
      literal(details.reason),
  );
  const intro = '> 🚨 **BREAK-GLASS.** Text was approved for the status page by one person alone:';
  return [[intro, '>', ...lines].join('\n')];
}

/** The follow-up of each broken glass as an action item: open, or who did it. */
export function glassReviews(events: readonly AuditEvent[], names: PostmortemNames): string[] {
  return glassOf(events).map((glass) => {
    const what = textOf(reviewWords({ by: glass.actor.id, revision: glass.details.revision }));
    const done = reviewOf(what, glass, events);
    return done
      ? `- [x] ${what}: reviewed by ${named(`@${done.by}`, names)}, ${stamp(done.at)} UTC`
      : `- [ ] 🚨 ${what}`;
  });
}

/** The last word on it: a tick, or nothing when it was taken back. */
function reviewOf(
  item: string,
  glass: BreakGlassEvent,
  events: readonly AuditEvent[],
): { by: string; at: string } | undefined {
  const last = events.findLast(
    (event) =>
      event.type === 'CHECKLIST_ITEM_UPDATED' &&
      event.seq > glass.seq &&
      event.details.item === item,
  );
  const details = last?.details as DetailsOf<'CHECKLIST_ITEM_UPDATED'> | undefined;
  return last && details?.done ? { by: last.actor.id, at: last.at } : undefined;
}

function glassOf(events: readonly AuditEvent[]): BreakGlassEvent[] {
  return events.filter((event) => event.type === 'BREAK_GLASS_USED');
}
