import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Partition of the one row that says how much of OnCall's rate limit is left. */
const ONCALL_BUDGET_KEY = 'RATE#oncall';

/** Projections, journals and hints: every row can be rebuilt from the audit trail. */
export class IncidentsTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: { tableName: string }) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      tableName: props.tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // Holds the rosters and postmortems, which the trail does not.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: 'unfinished',
      partitionKey: { name: 'unfinished', type: AttributeType.STRING },
      sortKey: { name: 'unfinishedSinceMs', type: AttributeType.NUMBER },
      projectionType: ProjectionType.ALL,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: 'open',
      partitionKey: { name: 'open', type: AttributeType.STRING },
      sortKey: { name: 'openedAt', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }

  /** Projects and journals. No delete: nothing here is ever taken away. */
  grantProject(grantee: IGrantable): void {
    this.#grant(grantee, [
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:Query',
    ]);
    this.#grant(grantee, ['dynamodb:Query'], '/index/open');
    this.#grant(grantee, ['dynamodb:Query'], '/index/unfinished');
  }

  /** Reads single rows. */
  grantLookUp(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:GetItem']);
  }

  /** Finds the incidents with unfinished effects, and the open ones that something is due of. */
  grantListDue(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:Query'], '/index/unfinished');
    this.#grant(grantee, ['dynamodb:Query'], '/index/open');
  }

  /** Lists what was published by month, and no other partition. */
  grantListPublished(grantee: IGrantable): void {
    Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PUBLISHED#*'] } },
    }).assertSuccess();
  }

  /**
   * Compares the alert source's groups with ours: reads what is remembered of a group, and takes places
   * in the source's rate limit. No other partition.
   */
  grantCompareAlertGroups(grantee: IGrantable): void {
    this.#grantPartitions(grantee, ['dynamodb:GetItem'], 'ALERTGROUP#*');
    this.#grantPartitions(grantee, ['dynamodb:UpdateItem'], ONCALL_BUDGET_KEY);
  }

  #grantPartitions(grantee: IGrantable, actions: string[], keys: string): void {
    Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: [this.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
    }).assertSuccess();
  }

  #grant(grantee: IGrantable, actions: string[], index = ''): void {
    const resourceArns = [`${this.table.tableArn}${index}`];
    Grant.addToPrincipal({ grantee, actions, resourceArns }).assertSuccess();
  }
}
