import { beforeEach, describe, expect, it } from 'vitest';
import { awsClientOptions } from '../../../src/adapters/aws/client-options.ts';
import { SqsDeadLetters } from '../../../src/adapters/sqs/sqs-dead-letters.ts';
import { DeliveryError } from '../../../src/domain/errors.ts';
import { useAws } from '../../local/aws/aws-fixture.ts';

describe('SqsDeadLetters', () => {
  const world = useAws();
  let letters: SqsDeadLetters;

  beforeEach(() => {
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
    const dead = world.aws.sqs.createQueue('dead.fifo', fifo);
    const incidents = world.aws.sqs.createQueue('incidents.fifo', fifo).url;
    const alerts = world.aws.sqs.createQueue('alerts.fifo', fifo).url;
    const { credentials, endpoint, region } = world.config('sweeper');
    const options = awsClientOptions({ credentials, endpoint, region } as never);
    const queueUrls = { incidents, alerts };
    letters = new SqsDeadLetters(options, { queueUrls, deadLettersUrl: dead.url });
  });

  const dies = (body: string, returns?: string) =>
    world.aws.sqs.queue('dead.fifo').send({
      body,
      groupId: 'g',
      dedupId: `d-${body}`,
      ...(returns === undefined
        ? {}
        : { attributes: { returns: { DataType: 'Number', StringValue: returns } } }),
    });

  it('gives what was set aside with its group, its id, its age and its returns', async () => {
    dies('a');
    dies('b', '3');
    const [a, b] = await letters.receive();
    expect(a).toMatchObject({ body: 'a', group: 'g', deduplicationId: 'd-a', returns: 0 });
    expect(b).toMatchObject({ body: 'b', returns: 3 });
    expect(world.clock.nowMs() - Number(b?.sinceMs)).toBeLessThan(10_000);
    expect(await letters.receive()).toEqual([]);
  });

  it('sends a copy back that counts one return more, once for the same return', async () => {
    dies('a', '1');
    const [letter] = await letters.receive();
    if (!letter) throw new Error('no letter');
    await letters.sendBack(letter);
    await letters.sendBack(letter);
    const [copy, ...more] = world.aws.sqs.queue('incidents.fifo').peek();
    expect(more).toEqual([]);
    expect(copy).toMatchObject({ body: 'a', groupId: 'g' });
    expect(copy?.attributes.returns?.StringValue).toBe('2');
    expect(copy?.dedupId).not.toBe('d-a');
    await letters.sendBack({ ...letter, returns: 2 });
    expect(world.aws.sqs.queue('incidents.fifo').peek()).toHaveLength(2);
  });

  it('sends an alert back to the queue of alerts, and what people signed to theirs', async () => {
    const signed = '{"headers":{},"body":"","kind":"alert"}';
    for (const body of [
      '{"kind":"alert"}',
      '{"kind":"read_alert_group"}',
      '{"kind":"work"}',
      signed,
    ])
      dies(body);
    for (const letter of await letters.receive()) await letters.sendBack(letter);
    const bodies = (name: string) =>
      world.aws.sqs
        .queue(name)
        .peek()
        .map(({ body }) => body);
    expect(bodies('alerts.fifo')).toEqual(['{"kind":"alert"}', '{"kind":"read_alert_group"}']);
    expect(bodies('incidents.fifo')).toEqual(['{"kind":"work"}', signed]);
  });

  it('removes one, and lets others see one that stays', async () => {
    dies('a');
    const [letter] = await letters.receive();
    if (!letter) throw new Error('no letter');
    await letters.release(letter);
    const [again] = await letters.receive();
    if (!again) throw new Error('no letter');
    expect(again.body).toBe('a');
    await letters.remove(again);
    expect(world.aws.sqs.queue('dead.fifo').peek()).toEqual([]);
  });

  it('is QUEUE_UNAVAILABLE while SQS does not answer', async () => {
    world.aws.board.plan({ match: 'sqs:ReceiveMessage', times: 0, status: 500 });
    await expect(letters.receive()).rejects.toThrowWithCode(DeliveryError, 'QUEUE_UNAVAILABLE');
  });
});
