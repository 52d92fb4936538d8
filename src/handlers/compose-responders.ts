import type { DocumentClient } from '../adapters/dynamodb/document-client.ts';
import { OnCallDirectory } from '../adapters/oncall/oncall-directory.ts';
import { OnCallPager } from '../adapters/oncall/oncall-pager.ts';
import type { System } from '../adapters/system/system.ts';
import { WorkOsDirectory } from '../adapters/workos/workos-directory.ts';
import type { FunctionConfig } from '../config.ts';
import type { Routing } from '../domain/routing.ts';
import { CallResponders } from '../services/call-responders.ts';
import type { FindPeople } from '../services/find-people.ts';
import type { IncidentRecord } from '../services/incident-record.ts';
import type { Pager } from '../services/pager.ts';
import type { AuditTrail, ChatWorkspace, IncidentRows } from '../services/ports.ts';
import type { ResponderDirectory } from '../services/responder-directory.ts';
import type { RoomPosts } from '../services/room-posts.ts';
import { SecretCache } from '../services/secret-cache.ts';
import type { SecretSource } from '../services/secret-source.ts';
import { UserGroupDirectory } from '../services/user-group-directory.ts';
import { composeOnCall } from './compose-oncall.ts';

type Parts = {
  config: FunctionConfig<'incident-worker'>;
  outside: {
    documents: DocumentClient;
    secrets: SecretSource;
    rows: IncidentRows;
    trail: AuditTrail;
    chat: ChatWorkspace;
    routing: Routing;
  };
  record: IncidentRecord;
  posts: RoomPosts;
  people: FindPeople;
  system: System;
};

/** Joins everything that knows who is called to an incident; what is not set up is off. */
export function composeResponders(of: Parts): CallResponders {
  const { record, posts, people } = of;
  const { rows, trail, chat, routing } = of.outside;
  const { pause, clock } = of.system;
  const directories = directoriesOf(of);
  return new CallResponders({
    ...{ record, trail, rows, chat, posts, routing, people, pause, clock, directories },
  });
}

/** What pages people, where it is set up. */
export function composePager({
  config,
  outside,
  system,
}: Omit<Parts, 'posts' | 'people' | 'record'>): Pager | undefined {
  const { documents: client, secrets: source } = outside;
  const oncall = composeOnCall({ config, client, source, system, urgency: 'urgent' });
  return oncall && new OnCallPager({ client: oncall, teamId: config.SLACK_TEAM_ID });
}

function directoriesOf({ config, outside, system }: Parts): ResponderDirectory[] {
  const { documents, secrets, chat, routing } = outside;
  const { clock, log } = system;
  // Confirming alerts comes first: this leaves it half of OnCall's rate limit.
  const client = composeOnCall({
    ...{ config, client: documents, source: secrets, system },
    urgency: 'routine',
  });
  const { SLACK_TEAM_ID: teamId, WORKOS_API_KEY_SECRET_ID: secretId } = config;
  const directories: ResponderDirectory[] = [new UserGroupDirectory({ chat, routing, clock })];
  if (client) directories.push(new OnCallDirectory({ client, clock, teamId }));
  if (secretId === '') return directories;
  const cache = new SecretCache(
    { source: secrets, clock, log },
    { secretId, previousRule: { kind: 'for', overlapMs: 0 } },
  );
  const key = async (refused?: string) => {
    if (refused !== undefined) await cache.refreshAfterFailedCheck();
    return cache.current();
  };
  return [...directories, new WorkOsDirectory({ apiUrl: config.WORKOS_API_URL, key, routing })];
}
