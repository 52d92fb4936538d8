import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Accepted alerts that the queue could not take; the sweeper drains it each minute. */
export class OutboxTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: { tableName: string }) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      tableName: props.tableName,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Leaves an alert behind; cannot read one back. */
  grantPut(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:PutItem']);
  }

  grantDrain(grantee: IGrantable): void {
    this.#grant(grantee, ['dynamodb:Scan', 'dynamodb:DeleteItem']);
  }

  #grant(grantee: IGrantable, actions: string[]): void {
    const resourceArns = [this.table.tableArn];
    Grant.addToPrincipal({ grantee, actions, resourceArns }).assertSuccess();
  }
}
