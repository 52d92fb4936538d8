import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from 'vitest';
import { useAws } from './aws-fixture.ts';

describe('Secrets Manager', () => {
  const world = useAws();
  let client: SecretsManagerClient;
  let arn: string;
  let firstId: string;

  beforeEach(() => {
    client = new SecretsManagerClient(world.config('publisher'));
    const created = world.aws.secrets.createSecret('slack-signing', 'first');
    arn = created.arn;
    firstId = created.versionId;
  });

  const put = (SecretString: string, more = {}) =>
    client.send(new PutSecretValueCommand({ SecretId: 'slack-signing', SecretString, ...more }));
  const get = (more = {}) =>
    client.send(new GetSecretValueCommand({ SecretId: 'slack-signing', ...more }));

  it('GetSecretValue answers the current value by name and by ARN', async () => {
    expect(await get()).toMatchObject({
      ARN: arn,
      Name: 'slack-signing',
      SecretString: 'first',
      VersionId: firstId,
      VersionStages: ['AWSCURRENT'],
    });
    expect((await get({ SecretId: arn })).SecretString).toBe('first');
  });

  it('PutSecretValue makes the old value AWSPREVIOUS, the one before has no stage', async () => {
    await put('second');
    const third = await put('third');
    expect((await get()).SecretString).toBe('third');
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('second');
    expect((await get({ VersionId: firstId })).SecretString).toBe('first');
    const described = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(described.VersionIdsToStages).toHaveProperty([String(third.VersionId)], ['AWSCURRENT']);
    expect(Object.keys(described.VersionIdsToStages ?? {})).toHaveLength(2);
  });

  it('CreatedDate of a version is the time of the world', async () => {
    world.clock.advance(86_400_000);
    const beforeMs = world.clock.nowMs();
    await put('second');
    const createdAtMs = (await get()).CreatedDate?.getTime() ?? 0;
    expect(createdAtMs).toBeGreaterThanOrEqual(beforeMs - 1);
    expect(createdAtMs).toBeLessThan(beforeMs + 60_000);
    const old = await get({ VersionStage: 'AWSPREVIOUS' });
    expect(createdAtMs - (old.CreatedDate?.getTime() ?? 0)).toBeGreaterThanOrEqual(86_400_000 - 1);
  });

  it('a repeated PutSecretValue with one token makes one version', async () => {
    const ClientRequestToken = '11111111-1111-4111-8111-111111111111';
    await put('second', { ClientRequestToken });
    await put('second', { ClientRequestToken });
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('first');
    await expect(put('other', { ClientRequestToken })).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
  });

  it('UpdateSecretVersionStage ends the overlap by removing AWSPREVIOUS', async () => {
    await put('second');
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: arn,
        VersionStage: 'AWSPREVIOUS',
        RemoveFromVersionId: firstId,
      }),
    );
    await expect(get({ VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    expect((await get()).SecretString).toBe('second');
  });

  it('UpdateSecretVersionStage moves AWSCURRENT back, its holder becomes AWSPREVIOUS', async () => {
    const second = await put('second');
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: arn,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: firstId,
        RemoveFromVersionId: String(second.VersionId),
      }),
    );
    expect((await get()).SecretString).toBe('first');
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('second');
  });

  it('ListSecretVersionIds shows unstaged versions only when asked', async () => {
    await put('second');
    await put('third');
    const list = (IncludeDeprecated: boolean) =>
      client.send(new ListSecretVersionIdsCommand({ SecretId: arn, IncludeDeprecated }));
    expect((await list(false)).Versions).toHaveLength(2);
    expect((await list(true)).Versions).toHaveLength(3);
  });

  it('CreateSecret and ListSecrets work, and a taken name is ResourceExistsException', async () => {
    const create = () =>
      client.send(new CreateSecretCommand({ Name: 'new-one', SecretString: 'x' }));
    await create();
    const { SecretList } = await client.send(new ListSecretsCommand({}));
    expect(SecretList?.map(({ Name }) => Name)).toEqual(['slack-signing', 'new-one']);
    await expect(create()).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it.each([
    [{ SecretId: 'missing' }],
    [{ VersionStage: 'AWSPREVIOUS' }],
    [{ VersionId: '22222222-2222-4222-8222-222222222222' }],
  ])('GetSecretValue answers ResourceNotFoundException for %j', async (input) => {
    await expect(get(input)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('a secret with readers is refused to every other caller, and still described', async () => {
    world.aws.secrets.createSecret('statuspage', 'key', { readers: ['publisher'] });
    const read = new GetSecretValueCommand({ SecretId: 'statuspage' });
    expect((await client.send(read)).SecretString).toBe('key');
    for (const caller of ['incident-worker', undefined]) {
      const other = new SecretsManagerClient(world.config(caller));
      await expect(other.send(read)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      const write = new PutSecretValueCommand({ SecretId: 'statuspage', SecretString: 'x' });
      await expect(other.send(write)).rejects.toMatchObject({ name: 'AccessDeniedException' });
      await other.send(new DescribeSecretCommand({ SecretId: 'statuspage' }));
    }
  });

  it('the log names the secret and never its value', async () => {
    await put('swordfish');
    await get();
    const { calls } = world.aws.board.calls();
    expect(calls.map(({ operation }) => operation)).toEqual([
      'secretsmanager:PutSecretValue',
      'secretsmanager:GetSecretValue',
    ]);
    expect(calls[0]?.args).toEqual({ secret: 'slack-signing' });
    expect(JSON.stringify(calls)).not.toContain('swordfish');
  });
});
