import { intakeChainId } from '../../src/domain/ids.ts';
import { crowdedConfig } from './crowded-config.ts';
import { type IncidentAct, incidentStory } from './incident-story.ts';
import type { IncidentTelling } from './incident-telling.ts';
import { postAlert } from './post-alert.ts';

const MAYA = 'U04MAYAITO1';
const JONAS = 'U04JONASBRG';
const LENA = 'U04LENAFSCH';
const PRIYA = 'U04PRIYARMN';
const TOMAS = 'U04TOMASNVK';
const SAM = 'U04SAMOKAFR';
const ANA = 'U04ANASILVA';
/** Not in the workspace as it comes. */
const NOOR = 'U04NOORAZIZ';
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** A P1 of the checkout fires, and its room is complete. */
async function givenRoom(telling: IncidentTelling): Promise<void> {
  await telling.fires('checkout-errors');
  telling.calls(MAYA, JONAS);
  await telling.settles();
}

async function givenRoomWithIc(telling: IncidentTelling): Promise<void> {
  await givenRoom(telling);
  await telling.clicks(MAYA, 'ROLE_ASSIGNED', 'incident_take_ic');
  await telling.settles();
}

/** Eight people, of the alert, of the configuration, of a directory and of a user group. */
async function givenCrowd({ world }: IncidentTelling): Promise<void> {
  const { workspace } = world.world.slack;
  if (workspace.people.every(({ id }) => id !== NOOR)) {
    const [anybody] = workspace.people;
    const noor = { id: NOOR, name: 'noor.aziz', realName: 'Noor Aziz' };
    workspace.people.push({ ...anybody!, ...noor, email: 'noor.aziz@example.com' });
  }
  const emails = ['maya.ito', 'lena.fischer', 'sam.okafor', 'noor.aziz'];
  const response = await fetch(`${world.world.ready.urls.workos}/_world/groups`, {
    method: 'POST',
    body: JSON.stringify({
      group: 'directory_group_01LOCALCHECKOUT',
      emails: emails.map((name) => `${name}@example.com`),
    }),
  });
  if (!response.ok) throw new Error(`cannot fill the directory: got ${response.status}`);
}

/** An alert, and a person's own words, each open a room. */
export const assemblyStory = incidentStory({
  name: 'assembly',
  world: () => ({ configFolder: crowdedConfig() }),
  begin: givenCrowd,
  acts: {
    alert: {
      perform: async (telling) => {
        telling.forget();
        telling.calls(MAYA, JONAS);
        telling.callsBy('WorkOS', LENA, SAM, NOOR);
        telling.callsBy('Slack user groups', PRIYA, TOMAS, ANA);
        telling.expects('ALERT_RECEIVED', 1);
        await telling.fires('checkout-errors');
      },
    },
    declare: {
      perform: async (telling) => {
        telling.forget();
        telling.calls(MAYA);
        declared += 1;
        await telling.declares(MAYA, `Case${declared} nobody can pay`);
      },
    },
  },
});

let declared = 0;

/** Nobody is configured, and OnCall cannot be asked: the fallback group comes, and all are told. */
export const nobodyStory = incidentStory({
  name: 'nobody',
  world: () => ({ configFolder: crowdedConfig() }),
  acts: {
    unreached: {
      perform: async (telling) => {
        telling.calls(TOMAS, LENA);
        telling.expects('ALERT_RECEIVED', 1);
        telling.expects('NOBODY_REACHED', 1);
        const { world } = telling;
        const mends = world.breaks('oncall', { match: '*', status: 503 });
        await telling.fires('website-errors', 'alert group created');
        await world.quiet();
        mends();
      },
    },
  },
});

/** What an alert's source has to say, and what becomes of a text that is none. */
export const intakeStory = incidentStory({
  name: 'intake',
  begin: givenRoom,
  acts: {
    acknowledge: {
      perform: (telling) => telling.alertSays('acknowledge', 'ALERT_ACKNOWLEDGED'),
    },
    unreadable: { perform: sendsUnreadable },
    resolve: { perform: (telling) => telling.alertSays('resolve', 'ALERT_RESOLVED') },
  },
});

/** A stock OnCall cannot sign: it is asked about the alert before anybody is called. */
export const confirmedStory = incidentStory({
  name: 'confirmed',
  acts: {
    bearer: {
      perform: async (telling) => {
        telling.calls(MAYA, JONAS);
        telling.expects('ALERT_RECEIVED', 1);
        const path = '/webhooks/grafana-oncall/bearer';
        await telling.fires('checkout-errors', 'escalation', path);
      },
    },
  },
});

/** Nothing could be recorded, and the queue gave the alert up: the sweeper sends it back. */
export const deadLetterStory = incidentStory({
  name: 'dead letter',
  acts: {
    returned: {
      prepare: async (telling) => {
        const { world } = telling;
        const append = { match: 'dynamodb:ExecuteStatement', caller: 'incident-worker' };
        const mends = world.breaks('aws', { ...append, status: 500, error: 'InternalServerError' });
        await telling.fires('payments-latency');
        await world.givesUp();
        mends();
      },
      perform: async (telling) => {
        telling.calls(JONAS);
        telling.expects('ALERT_RECEIVED', 1);
        await telling.world.passes(3 * 61);
      },
    },
  },
});

/** The queue takes nothing from the webhook: an alert waits in the outbox for the sweeper. */
export const outboxStory = incidentStory({
  name: 'outbox',
  acts: {
    alert: {
      perform: async (telling) => {
        telling.calls(JONAS);
        telling.expects('ALERT_RECEIVED', 1);
        const { world } = telling;
        const queue = { match: 'sqs:SendMessage', caller: 'alert-webhook' };
        const mends = world.breaks('aws', { ...queue, status: 500, error: 'InternalError' });
        await telling.fires('payments-latency');
        mends();
        await world.passes(61);
      },
    },
  },
});

let unreadable = 0;

async function sendsUnreadable(telling: IncidentTelling): Promise<void> {
  unreadable += 1;
  const { world } = telling.world;
  const body = Buffer.from(`{"this": "is no alert", "number": ${unreadable}}`);
  telling.alsoOn(intakeChainId(new Date(world.clock.nowMs()).toISOString()));
  await telling.posts(body, () => postAlert(world, { path: '/webhooks/grafana-oncall', body }));
}

/** A P1 as people lead it: each command once, in the order of an incident. */
export const commandsStory = incidentStory({
  name: 'commands',
  begin: givenRoom,
  acts: {
    ic: said((telling) => telling.clicks(MAYA, 'ROLE_ASSIGNED', 'incident_take_ic')),
    severity: said((telling) => telling.says(MAYA, 'SEVERITY_CHANGED', 'severity P2 only cards')),
    note: said((telling) => telling.says(JONAS, 'NOTE_ADDED', 'note The new version is to blame')),
    update: said((telling) => telling.says(MAYA, 'STATUS_UPDATE_SENT', 'update Rolling back')),
    checklist: said((telling) =>
      telling.clicks(JONAS, 'CHECKLIST_ITEM_UPDATED', 'checklist_toggle'),
    ),
    invite: said(async (telling) => {
      telling.calls(LENA);
      await telling.says(MAYA, null, `invite <@${LENA}>`);
    }),
    mitigate: said((telling) => telling.says(MAYA, 'INCIDENT_MITIGATED', 'mitigate Rolled back')),
    resolve: said((telling) => telling.says(MAYA, 'INCIDENT_RESOLVED', 'resolve A bad release')),
    postmortem: said((telling) => telling.says(JONAS, 'COMMAND_RECEIVED', 'postmortem')),
  },
});

function said(perform: (telling: IncidentTelling) => Promise<void>): IncidentAct {
  return { perform };
}

/** What the clock asks for: reminders, once each, however often a schedule is delivered. */
export const schedulesStory = incidentStory({
  name: 'schedules',
  begin: givenRoomWithIc,
  acts: {
    'update due': {
      prepare: beforeReminder,
      perform: async (telling) => {
        telling.expects('STATUS_REMINDER_SENT', 1);
        await telling.world.passes(30);
      },
    },
    'delivered again': {
      // Past the queue's own deduplication of five minutes.
      prepare: (telling) => telling.world.passes(6 * 60),
      perform: async ({ world }) => {
        world.deliversAgain('"purpose":"update_due"');
      },
    },
    silenced: {
      prepare: async (telling) => {
        await beforeReminder(telling);
        await telling.says(MAYA, 'STATUS_REMINDER_SILENCED', 'silence 1h');
        await telling.world.quiet();
      },
      perform: async (telling) => {
        telling.expects('STATUS_REMINDER_SUPPRESSED', 1);
        await telling.world.passes(30);
      },
    },
    'approval due': {
      prepare: async (telling) => {
        const text = 'draft investigating Some payments fail.';
        await telling.says(MAYA, 'STATUSPAGE_DRAFT_CREATED', text);
        await telling.world.quiet();
        await telling.world.jumps(5 * MINUTE_MS - 20 * SECOND_MS);
      },
      perform: async (telling) => {
        telling.expects('STATUSPAGE_APPROVAL_ESCALATED', 1);
        await telling.world.passes(30);
      },
    },
  },
});

/** Twenty seconds before the next reminder is due. */
async function beforeReminder(telling: IncidentTelling): Promise<void> {
  const { world } = telling;
  const due = await telling.nextReminderAtMs();
  await world.jumps(due - world.world.clock.nowMs() - 20 * SECOND_MS);
}
