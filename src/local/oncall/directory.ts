type Row = Record<string, unknown> & { id: string };

/** The people, schedules and escalation of the example organisation, as OnCall knows them. */
export function exampleDirectory(): Record<
  'users' | 'schedules' | 'routes' | 'escalation_chains' | 'escalation_policies',
  Row[]
> {
  return {
    users: [
      user('U8KQZ4MWX7RNB', 'maya.ito', 'U04MAYAITO1'),
      user('U3TYH9LPV6CDS', 'jonas.berg', 'U04JONASBRG'),
      user('U5PRWD2KX9QTL', 'priya.raman', 'U04PRIYARMN'),
      user('U7NVBZ6HJ4MCA', 'tomas.novak', 'U04TOMASNVK'),
    ],
    schedules: [
      {
        id: 'S6KMW3XQ9TRZB',
        team_id: null,
        name: 'Checkout on call',
        time_zone: 'UTC',
        type: 'web',
        slack: { channel_id: null, user_group_id: null },
        on_call_now: ['U3TYH9LPV6CDS'],
      },
      {
        id: 'S2NBV7KDJ5WQH',
        team_id: null,
        name: 'Platform nights',
        time_zone: 'UTC',
        type: 'web',
        slack: { channel_id: null, user_group_id: null },
        on_call_now: [],
      },
    ],
    routes: [route('RP4VZ8KQH3MTC', 'F7PLT5RXN2QWB'), route('RB9H2LWYT6QDP', 'F4JTQ8MNW2XKC')],
    escalation_chains: [
      { id: 'F4JTQ8MNW2XKC', name: 'Checkout', team_id: null },
      { id: 'F7PLT5RXN2QWB', name: 'Platform', team_id: null },
    ],
    escalation_policies: [...escalationPolicies(), ...platformPolicies()],
  };
}

function route(id: string, chainId: string): Row {
  return {
    id,
    integration_id: 'CX4R7ZQ8VK2NM',
    escalation_chain_id: chainId,
    routing_type: 'regex',
    routing_regex: '.*',
    position: 0,
    is_the_last_route: true,
    slack: { channel_id: null, enabled: false },
    telegram: { id: null, enabled: false },
  };
}

/**
 * A chain of every kind of step that names people. Its step at position 1 is an important
 * round-robin, which the API does not list: Tomas is called by nobody who reads it.
 */
function platformPolicies(): Row[] {
  const policy = (id: string, position: number, type: string, more: object): Row => ({
    id,
    escalation_chain_id: 'F7PLT5RXN2QWB',
    position,
    type,
    ...more,
  });
  return [
    policy('E3KDM8QTV5XNR', 0, 'notify_person_next_each_time', {
      persons_to_notify_next_each_time: ['U5PRWD2KX9QTL', 'U8KQZ4MWX7RNB'],
    }),
    policy('E6TRX2WPK9VBH', 2, 'notify_on_call_from_schedule', {
      notify_on_call_from_schedule: 'S2NBV7KDJ5WQH',
    }),
    policy('E8VQN4JZC7MLD', 3, 'notify_team_members', { team_to_notify: 'TPLATFORM0001' }),
    policy('E1WZB6HKF3RTX', 4, 'notify_user_group', { group_to_notify: 'GSREONCALL001' }),
    policy('E4QXT9LNS2PVK', 5, 'notify_persons', {
      important: false,
      persons_to_notify: ['UGONE00000001', 'U3TYH9LPV6CDS'],
    }),
    policy('E7JNC3MRD8WQZ', 6, 'repeat_escalation', {}),
  ];
}

function escalationPolicies(): Row[] {
  return [
    {
      id: 'E2WQX7KTN5MZH',
      escalation_chain_id: 'F4JTQ8MNW2XKC',
      position: 0,
      type: 'notify_persons',
      important: true,
      persons_to_notify: ['U8KQZ4MWX7RNB'],
    },
    {
      id: 'E9BRL4VCJ6PSD',
      escalation_chain_id: 'F4JTQ8MNW2XKC',
      position: 1,
      type: 'wait',
      duration: 300,
    },
    {
      id: 'E5HZT3NQY8KWF',
      escalation_chain_id: 'F4JTQ8MNW2XKC',
      position: 2,
      type: 'notify_on_call_from_schedule',
      notify_on_call_from_schedule: 'S6KMW3XQ9TRZB',
    },
  ];
}

function user(id: string, username: string, slackUserId: string): Row {
  return {
    id,
    grafana_id: Number.parseInt(id.replaceAll(/\D/g, ''), 10),
    email: `${username}@example.com`,
    slack: { user_id: slackUserId, team_id: 'T04EXAMPLE1' },
    username,
    role: 'editor',
    is_phone_number_verified: false,
    timezone: 'UTC',
    teams: [],
  };
}
