import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANNOUNCEMENT_CHANNEL_ID } from '../../src/local/slack/slack-server.ts';
import { givenWorld } from './war-room.ts';

describe('what died in a dead-letter queue', () => {
  const stage = givenWorld();
  let sqs: SQSClient;
  let sent = 0;
  beforeAll(() => {
    const { region, credentials, urls } = stage.world.ready;
    sqs = new SQSClient({ region, credentials, endpoint: urls.aws });
  });
  afterAll(() => sqs.destroy());

  /** Sets a message aside, as the queue does after the last try. */
  async function dies(queue: 'incidentsDlq' | 'publicationsDlq', body: unknown): Promise<void> {
    sent += 1;
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: stage.world.ready.queues[queue],
        MessageBody: JSON.stringify(body),
        MessageGroupId: 'dead',
        MessageDeduplicationId: `dead-${sent}`,
      }),
    );
  }
  const said = async (words: string) => {
    const { messages } = await stage.actors.channel(ANNOUNCEMENT_CHANNEL_ID);
    return messages.filter(({ text }) => text?.includes(words)).length;
  };
  const dead = (name: string) => stage.world.aws.sqs.queue(name).peek().length;

  it('is said in the announcement channel, and comes back by itself', async () => {
    await dies('incidentsDlq', { kind: 'work', incidentId: 'inc-aaaaaaaaaaaaaaaa', upToSeq: 1 });
    await stage.passes({ minutes: 3 });
    expect(dead('incidents-dlq.fifo')).toBe(0);
    expect(await said('1 message (alerts: 0, requests of people: 0, work of this app: 1)')).toBe(1);
    expect(await said('They are tried again by themselves')).toBe(1);
  });

  it('is asked of the publisher again if it was a publication, which customers do not see twice', async () => {
    const incident = await stage.givenP1();
    const { incidentId, draftId, revision } = await incident.givenDraft();
    await incident.clicks('priya', 'statuspage_approve');
    expect(await incident.count('STATUSPAGE_PUBLISHED')).toBe(1);
    const before = await stage.pageWrites();
    await dies('publicationsDlq', { incidentId, draftId, revision });
    await stage.passes({ minutes: 3 });
    expect(dead('publications-dlq.fifo')).toBe(0);
    expect(await said('A publication that was approved could not be handled')).toBe(1);
    expect(await stage.pageWrites()).toBe(before);
    expect(await incident.count('STATUSPAGE_PUBLISH_STARTED')).toBe(1);
  });
});
