import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** What could change or remove an event that is on the trail. Denied to everyone, for ever. */
const REWRITING_ACTIONS = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
  'dynamodb:PartiQLUpdate',
  'dynamodb:PartiQLDelete',
  // A time to live deletes rows without any of the above.
  'dynamodb:UpdateTimeToLive',
];

/** Indexes for reviewers: eventually consistent, never read by the gate. */
export const AUDIT_INDEXES = ['by-type', 'by-actor'] as const;

/**
 * The audit trail: append-only by IAM.
 *
 * `PutItem` overwrites and IAM cannot require a condition, so appending is PartiQL `INSERT`, which
 * fails on an existing key, and every other way to write is denied by the table itself.
 */
export class AuditTable extends Construct {
  readonly table: Table;
  readonly #indexArns: string[];

  constructor(scope: Construct, id: string, props: { tableName: string }) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      tableName: props.tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#addIndex('by-type', 'typeMonth');
    this.#addIndex('by-actor', 'actorMonth');
    // Built from the name, because a table's own policy cannot refer to the table it is part of.
    const arn = Stack.of(this).formatArn({
      service: 'dynamodb',
      resource: 'table',
      resourceName: props.tableName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    this.#indexArns = AUDIT_INDEXES.map((index) => `${arn}/index/${index}`);
    this.table.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodyRewritesTheTrail',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: REWRITING_ACTIONS,
        resources: [arn],
      }),
    );
  }

  #addIndex(indexName: (typeof AUDIT_INDEXES)[number], partitionKey: string): void {
    this.table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      sortKey: { name: 'at', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }

  /** Appends at the head and reads consistently; indexes are not for functions. */
  grantAppend(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:PartiQLInsert', 'dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [this.table.tableArn],
    }).assertSuccess();
  }

  /** Reads the trail and its indexes, and nothing else. */
  grantReview(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [this.table.tableArn, ...this.#indexArns],
    }).assertSuccess();
  }
}
