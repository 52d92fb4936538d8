import { describe, expect, it } from 'vitest';
import { StormNotices } from '../../src/services/storm-notices.ts';
import { told } from '../text-of.ts';

const ALERT = {
  severity: 'P1',
  service: 'login',
  title: 'login fails\n<@U04PRIYARMN>',
  aloud: true,
};

async function announced(of: { service?: string | null; room?: object | null; alerts?: object[] }) {
  const posted: unknown[][] = [];
  const posts = {
    once: async (...[, name, channelId, message]: [unknown, string, string, { text: never }]) => {
      posted.push([name, channelId, told(message.text)]);
    },
  };
  const deps = { posts, announcementChannelId: 'C0INCIDENTS' };
  const { service = null, room = { channelId: 'C0STORM' }, alerts = [ALERT] } = of;
  await new StormNotices(deps as never).aloud(
    { type: 'ALERT_LINKED', details: { alerts } } as never,
    { service, room } as never,
  );
  return posted;
}

describe('an alert that may be a matter of its own in a storm of several services', () => {
  it('is named in the announcement channel, with the room that it is in', async () => {
    const [[name, channelId, text] = []] = await announced({});
    expect([name, channelId]).toEqual(['storm_aloud', 'C0INCIDENTS']);
    expect(text).toContain('C0STORM');
    expect(text).toContain('In this storm, and perhaps a matter of its own');
    expect(text).toContain('• P1 login: “login fails');
  });

  it('is named there although the storm’s room could not be opened', async () => {
    const [[, , text] = []] = await announced({ room: null });
    expect(text).toMatch(/^In this storm/);
  });

  it('is not, when the storm is of one service, or nothing is to be named', async () => {
    expect(await announced({ service: 'checkout-api' })).toEqual([]);
    expect(await announced({ alerts: [{ ...ALERT, aloud: undefined }] })).toEqual([]);
  });
});
