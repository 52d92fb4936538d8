import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AnyPrincipal,
  Effect,
  Grant,
  type IGrantable,
  type IRole,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { ResourceNames, SecretName } from '../resource-names.ts';

const DESCRIPTIONS: Record<SecretName, string> = {
  'oncall-hmac': 'Signs OnCall webhooks at a relay, in drills and in scripts',
  'oncall-bearer': 'Bearer token that a stock OnCall or IRM sends',
  'grafana-alerting': 'Signs Grafana Alerting webhooks',
  'standard-webhooks': 'Signs OnCall webhooks at the signing relay, as Standard Webhooks',
  'alertmanager-bearer': 'Bearer token that Alertmanager sends',
  pagerduty: 'Signing secret of the PagerDuty webhook subscription',
  'grafana-irm': 'Signing secret of Grafana IRM’s incident webhooks',
  'slack-signing': 'Signing secret of the Slack app',
  'slack-bot-token': 'Bot token of the Slack app',
  'oncall-api-token': 'Reads alert groups, users and schedules at OnCall',
  'workos-api-key': 'Reads the groups of the company directory at WorkOS',
  'grafana-read-token': 'Access policy token that reads metrics, logs and traces',
  'github-token': 'Reads deployments and code owners at GitHub',
  'statuspage-api-key': 'Manage API key of the status page; only publisher may read it',
};

/**
 * The deployment's secrets, created without a value.
 *
 * `scripts/seed-secrets.ts` puts the values in. CloudFormation never knows one, so no template, no
 * change set and no property edit can reveal or replace it; until then reading fails, which the
 * functions treat as an outage and never as a wrong signature.
 */
export class DeploymentSecrets extends Construct {
  readonly #secrets = new Map<SecretName, Secret>();

  constructor(
    scope: Construct,
    id: string,
    props: { names: ResourceNames; wanted: readonly SecretName[] },
  ) {
    super(scope, id);
    for (const name of props.wanted) {
      const secret = new Secret(this, name, {
        secretName: props.names.secret(name),
        description: DESCRIPTIONS[name],
        removalPolicy: RemovalPolicy.DESTROY,
      });
      // The construct generates a value unless told otherwise, and has no property to tell it so.
      const resource = secret.node.defaultChild;
      if (!(resource instanceof CfnSecret)) {
        throw new Error(`cannot create the secret ${name}: expected a CfnSecret inside`);
      }
      resource.generateSecretString = undefined;
      Validations.of(secret).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason:
          'The other half lives with a vendor or a sender that AWS cannot change: ' +
          'scripts/rotate-secret.ts holds people to the order, functions accept both meanwhile.',
      });
      this.#secrets.set(name, secret);
    }
  }

  /** The id that functions read the value by. */
  idOf(name: SecretName): string {
    return this.#secret(name).secretArn;
  }

  grantRead(grantee: IGrantable, ...names: SecretName[]): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: names.map((name) => this.idOf(name)),
    }).assertSuccess();
  }

  /** Grants, and lets the secret itself deny its value to all others, administrators included. */
  grantReadExclusively(role: IRole, name: SecretName): void {
    this.grantRead(role, name);
    this.#secret(name).addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyOneRoleReads',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['secretsmanager:GetSecretValue'],
        resources: ['*'],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': role.roleArn } },
      }),
    );
  }

  #secret(name: SecretName): Secret {
    const secret = this.#secrets.get(name);
    if (!secret) throw new Error(`cannot find the secret ${name}: expected it to be created`);
    return secret;
  }
}
