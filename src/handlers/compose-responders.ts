import type { System } from '../adapters/system/system.ts';
import type { Routing } from '../domain/routing.ts';
import { CallResponders } from '../services/call-responders.ts';
import { FindPeople } from '../services/find-people.ts';
import type { IncidentRecord } from '../services/incident-record.ts';
import type { AuditTrail, ChatWorkspace, IncidentRows } from '../services/ports.ts';
import type { PersonHints } from '../services/responder-directory.ts';
import type { RoomPosts } from '../services/room-posts.ts';

/** Joins everything that knows who is called to an incident. */
export function composeResponders(of: {
  system: System;
  record: IncidentRecord;
  trail: AuditTrail;
  rows: IncidentRows;
  hints: PersonHints;
  chat: ChatWorkspace;
  posts: RoomPosts;
  routing: Routing;
}): CallResponders {
  const { system, hints, ...shared } = of;
  const { clock, log, pause } = system;
  const people = new FindPeople({ chat: of.chat, hints, clock, log });
  return new CallResponders({ ...shared, people, pause, directories: [] });
}
