/** What the page knows of the world: each part as the live feed sends it. */
export type World = {
  people: Person[];
  channels: Record<string, Channel>;
  ephemerals: Ephemeral[];
  /** Open views by user id; the visible one last. */
  views: Record<string, View[]>;
  page: { summary: PageSummary; incidents: PageIncident[] } | undefined;
  mailed: MailedIncident[];
  chains: Record<string, Chain>;
  functions: Record<string, FunctionCounts>;
  /** World time minus the browser's, in ms. */
  clockOffsetMs: number;
};

export type Settings = { command: string; samples: { id: string; label: string; title: string }[] };

export type Person = {
  id: string;
  name: string;
  realName: string;
  roles: string[];
  kind: 'full' | 'guest' | 'bot' | 'deactivated' | 'foreign';
};

export type Channel = {
  id: string;
  name: string;
  private: boolean;
  direct: boolean;
  archived: boolean;
  topic: string;
  members: string[];
  pins: { ts: string }[];
  bookmarks: { id: string; title?: string; link?: string }[];
  messages: Message[];
};

export type Message = {
  ts: string;
  user: string;
  text: string;
  blocks?: Block[];
  edited?: { user: string; ts: string };
  thread_ts?: string;
  bot_id?: string;
  files?: { id: string; name: string; title: string; size: number }[];
};

export type Ephemeral = {
  ts: string;
  channel: string;
  user: string;
  text: string;
  blocks?: Block[];
};

export type TextObject = { type: 'plain_text' | 'mrkdwn'; text: string; emoji?: boolean };
export type Option = { text: TextObject; description?: TextObject; value: string };
export type Confirm = {
  title: TextObject;
  text: TextObject;
  confirm: TextObject;
  deny: TextObject;
  style?: string;
};

/** Any Block Kit element; which fields it has depends on `type`. */
export type BlockElement = {
  type: string;
  action_id?: string;
  text?: TextObject | string;
  value?: string;
  url?: string;
  style?: string;
  confirm?: Confirm;
  placeholder?: TextObject;
  options?: Option[];
  option_groups?: { label: TextObject; options: Option[] }[];
  initial_option?: Option;
  initial_options?: Option[];
  initial_value?: string;
  initial_user?: string;
  multiline?: boolean;
  max_length?: number;
  image_url?: string;
  alt_text?: string;
  accessibility_label?: string;
};

/** Any Block Kit block. */
export type Block = {
  type: string;
  block_id?: string;
  text?: TextObject | string;
  fields?: TextObject[];
  accessory?: BlockElement;
  elements?: unknown[];
  element?: BlockElement;
  label?: TextObject;
  hint?: TextObject;
  title?: TextObject;
  optional?: boolean;
  dispatch_action?: boolean;
  image_url?: string;
  alt_text?: string;
};

/** What a person typed or chose in a view, by block id and action id. */
export type Typed = Record<string, Record<string, unknown>>;

export type View = {
  id: string;
  view_id: string;
  type: string;
  title?: TextObject;
  submit?: TextObject;
  close?: TextObject;
  blocks: Block[];
  typed: Typed;
  errors: Record<string, string>;
};

export type PageSummary = {
  page: { name: string; url: string };
  status: { indicator: string; description: string };
  components: { id: string; name: string; status: string }[];
};

export type PageUpdate = {
  id: string;
  status: string;
  body: string;
  created_at: string;
  affected_components: { code: string; name: string; old_status: string; new_status: string }[];
};

export type PageIncident = {
  id: string;
  name: string;
  status: string;
  impact: string;
  incident_updates: PageUpdate[];
};

export type MailedIncident = { incident_updates: { id: string; mailedTo: string[] }[] };

export type TrailEvent = {
  incidentId: string;
  seq: number;
  type: string;
  at: string;
  actor: { kind: string; id: string; roles?: string[] };
  commandId: string;
  details: Record<string, unknown>;
  prevHash: string;
  hash: string;
};

export type Chain = {
  id: string;
  events: TrailEvent[];
  verdict: { ok: true; eventCount: number } | { ok: false; seq: number; reason: string };
};

export type FunctionCounts = {
  invocations: number;
  errors: number;
  inFlight: number;
  p50Ms: number | null;
  p95Ms: number | null;
};
