import { SLACK_METHOD_SCOPES, type SlackMethod } from '../../src/adapters/slack/scopes.ts';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { RoomsWorld } from './rooms-world.ts';

const MAYA = 'U04MAYAITO1';
const JONAS = 'U04JONASBRG';

/** What Slack refuses with: the token, the app, a setting, the channel, itself. */
export const REFUSALS = [
  'not_authed',
  'invalid_auth',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'restricted_action',
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'user_is_restricted',
  'team_access_not_granted',
  'internal_error',
  'fatal_error',
] as const;
export const METHODS = Object.keys(SLACK_METHOD_SCOPES) as SlackMethod[];
/** When it begins: before there is a room, while people work in it, before they end it. */
export const STEPS = ['opening', 'life', 'end'] as const;
/** What comes first: the end of the incident, or that of the cause. */
export const ENDINGS = ['resolved meanwhile', 'caught up'] as const;

export type Refused = {
  method: SlackMethod;
  error: (typeof REFUSALS)[number];
  step: (typeof STEPS)[number];
  ending: (typeof ENDINGS)[number];
};

/** Every one of them, in a fixed order. */
export function allRefusals(): Refused[] {
  return METHODS.flatMap((method) =>
    REFUSALS.flatMap((error) =>
      STEPS.flatMap((step) =>
        // Before the end there is only one way out.
        (step === 'end' ? ENDINGS.slice(0, 1) : ENDINGS).map((ending) => {
          return { method, error, step, ending };
        }),
      ),
    ),
  );
}

/** How long it lasts: a refusal, and an outage longer than it holds up anything. */
const REFUSED_MIN = 5;
const OUTAGE_MIN = { opening: 10, life: 66, end: 5 };
/** Longer than the longest wait between two tries after that; 2 min after the end of an incident. */
const CATCH_UP_MIN = 20;
const REST_MIN = 2;
/** Metrics that have an alarm of their own. */
const ALARMED = ['RoomLate', 'EffectPutAside', 'EffectAbandoned', 'NobodyReachable'];
/** Never shown to people: Slack's names, and ours. */
const NAMES =
  /Gave up|expected ok|not_authed|[a-z]+_(?:auth|inactive|revoked|expired|scope|action|channel|found|archived|restricted|granted|error)\b|CHAT_|incident_card|refresh |assemble\b|invite_roster|draft_cards/;

/** Plays one refusal. @returns what is wrong, in words; nothing when every promise is kept */
export async function playRefusal(of: Refused): Promise<string[]> {
  const world = await RoomsWorld.start();
  try {
    return await played(world, of);
  } finally {
    await world.close();
  }
}

async function played(world: RoomsWorld, of: Refused): Promise<string[]> {
  const { method, error, step, ending } = of;
  const { board } = world.slack;
  const broken: string[] = [];
  const begins = () => void board.plan({ match: method, error, times: 0 });
  const hits = () => board.faults().reduce((sum, fault) => sum + fault.hits, 0);
  const isOutage = error === 'internal_error' || error === 'fatal_error';
  if (step === 'opening') begins();
  const incidentId = await world.fires();
  if (step !== 'opening') await world.passes(2);
  if (step === 'life') begins();
  /** Whoever is in the room speaks there; else somebody in the announcement channel. */
  const place = async () => {
    const state = await stateOf(world, incidentId);
    const { channels, people } = world.slack.workspace;
    const channel = channels.get(state.room?.channelId ?? '');
    const insider = people.find(({ id, kind }) => kind === 'full' && channel?.members.has(id));
    const isInside = channel !== undefined && insider !== undefined;
    return isInside
      ? { who: insider.id, where: channel.id }
      : { who: MAYA, where: ANNOUNCEMENT_CHANNEL_ID };
  };
  const says = async (text: string) => {
    const { who, where } = await place();
    const [verb, ...rest] = text.split(' ');
    const named = where === ANNOUNCEMENT_CHANNEL_ID ? [verb, incidentId, ...rest] : [verb, ...rest];
    return world.says(who, where, named.join(' '));
  };
  await says('note first');
  await says('severity P2 smaller than thought');
  if ((await place()).where !== ANNOUNCEMENT_CHANNEL_ID) {
    await says('draft investigating Some payments fail. We look for the cause.');
  }
  if (step === 'end') begins();
  await world.passes(isOutage ? OUTAGE_MIN[step] : REFUSED_MIN);
  if (step !== 'end') broken.push(...told(world, await stateOf(world, incidentId), hits()));
  const isEnded = ending === 'resolved meanwhile' || step === 'end';
  if (isEnded) {
    const refused = await says('resolve It is over.');
    if ((await stateOf(world, incidentId)).status !== 'resolved') {
      broken.push(`cannot be resolved meanwhile: ${refused}`);
    }
  }
  board.clearFaults();
  await world.passes(isEnded ? REST_MIN : CATCH_UP_MIN);
  if (!isEnded) {
    broken.push(...(await caughtUp(world, { ...of, incidentId })));
    const refused = await says('resolve It is over.');
    if ((await stateOf(world, incidentId)).status !== 'resolved') {
      broken.push(`cannot be resolved afterwards: ${refused}`);
    }
  }
  broken.push(...words(world));
  return broken;
}

async function stateOf(world: RoomsWorld, incidentId: string) {
  const state = (await world.rows.readState(incidentId))?.state;
  if (!state) throw new Error(`there is no incident ${incidentId}`);
  return state;
}

type State = Awaited<ReturnType<typeof stateOf>>;

/** While it lasts: the room is usable, or people are told why not and an alarm is on. */
function told(world: RoomsWorld, state: State, hits: number): string[] {
  if (hits === 0) return [];
  const isUsable = state.room !== null && state.status !== 'assembly_failed';
  const isAlarmed = ALARMED.some((metric) => world.counted.has(metric));
  const notices = world.announcements.filter((text) =>
    /no war room for|is not complete:|not everything can be shown/.test(text),
  );
  if (isUsable) return [];
  return [
    ...(isAlarmed ? [] : ['no usable room, and no alarm']),
    ...(notices.length > 0 || world.counted.has('PeopleNotTold')
      ? []
      : ['no usable room, and nobody is told why']),
  ];
}

/** After the cause is gone. */
async function caughtUp(
  world: RoomsWorld,
  { incidentId, ...of }: Refused & { incidentId: string },
): Promise<string[]> {
  const state = await stateOf(world, incidentId);
  const room = world.slack.workspace.channels.get(state.room?.channelId ?? '');
  if (!room) return ['there is no room afterwards'];
  const events = await world.events(incidentId);
  const texts = room.messages.map(({ text }) => String(text));
  const wrong = (isWrong: boolean, what: string) => (isWrong ? [what] : []);
  // Slack's name for a person who is a guest: they are not invited, and nobody else is meant by it.
  const isOfPerson = of.method === 'conversations.invite' && of.error === 'user_is_restricted';
  const missing = isOfPerson ? [] : [MAYA, JONAS].filter((id) => !room.members.has(id));
  return [
    ...wrong(state.status !== 'active', `afterwards it is ${state.status}`),
    ...wrong(missing.length > 0, `not invited afterwards: ${missing}`),
    ...wrong(room.pins.length !== 2, `${room.pins.length} pins`),
    ...wrong(room.bookmarks.length === 0, 'no bookmarks'),
    // Nobody changes the severity while Slack does not say who they are.
    ...wrong(!room.topic.value.startsWith(`${state.severity} | active`), room.topic.value),
    ...wrong(!texts.some((text) => text.includes('Note by')), 'the note is not in the room'),
    ...wrong(new Set(events.map(({ commandId }) => commandId)).size !== events.length, 'twice'),
    ...wrong(
      events.some(({ type }) => type === 'EFFECT_ABANDONED'),
      'something was given up',
    ),
    ...wrong((await world.rows.readStep(incidentId, 1, 'put_aside'))?.done === false, 'put aside'),
  ];
}

/** People read reasons, never names of errors or of our own steps. */
function words(world: RoomsWorld): string[] {
  const all = [...world.slack.workspace.channels.values()].flatMap(({ id }) => world.texts(id));
  const wrong = all.find((text) => NAMES.test(text));
  return wrong === undefined ? [] : [`people read: ${wrong}`];
}
