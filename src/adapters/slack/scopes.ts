/**
 * Every Web API method that is called, with the bot scopes it needs. The client calls nothing else,
 * and the app's manifest asks for exactly these.
 *
 * https://docs.slack.dev/reference/methods. Rooms are private (`groups:*`); only the announcement
 * channel may be public, and its history is read to find a message that was posted already.
 */
export const SLACK_METHOD_SCOPES = {
  'auth.test': [],
  'bookmarks.add': ['bookmarks:write'],
  'bookmarks.list': ['bookmarks:read'],
  'chat.getPermalink': [],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.create': ['groups:write'],
  'conversations.history': ['groups:history', 'channels:history'],
  'conversations.invite': ['groups:write'],
  'conversations.list': ['groups:read'],
  'conversations.members': ['groups:read'],
  'conversations.setTopic': ['groups:write'],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'pins.add': ['pins:write'],
  'usergroups.list': ['usergroups:read'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read', 'users:read.email'],
  'users.list': ['users:read', 'users:read.email'],
  'users.lookupByEmail': ['users:read.email'],
  'views.open': [],
  'views.update': [],
} as const satisfies Record<string, readonly string[]>;

export type SlackMethod = keyof typeof SLACK_METHOD_SCOPES;
