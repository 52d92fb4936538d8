import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { DeploymentParts } from '../deployment-parts.ts';
import { ProductFunction } from './product-function.ts';

/** Authenticates alerts by their raw bytes and enqueues them. Cannot see the audit trail. */
export class AlertWebhook extends ProductFunction<'alert-webhook'> {
  constructor(scope: Construct, id: string, parts: DeploymentParts) {
    const { parameters, names, alerts, outbox, secrets } = parts;
    super(scope, id, {
      name: 'alert-webhook',
      functionName: names.function('alert-webhook'),
      description: 'Authenticates alerts and enqueues them',
      // CPU comes with memory: 1,769 MB are one processor. Of 65 MB that it takes and 40 ms of CPU to
      // a cold first answer, this makes some 140 ms; half of it would make 280.
      memoryMb: 512,
      // Over the 4 s stall that makes OnCall retry, under API Gateway's 30 s.
      timeout: Duration.seconds(10),
      bundle: parts.bundle,
      variables: {
        ALERTS_QUEUE_URL: alerts.queue.queueUrl,
        OUTBOX_TABLE: outbox.table.tableName,
        ONCALL_HMAC_SECRET_ID: secrets.idOf('oncall-hmac'),
        ONCALL_BEARER_SECRET_ID: secrets.idOf('oncall-bearer'),
        GRAFANA_ALERTING_SECRET_ID: secrets.idOf('grafana-alerting'),
        GRAFANA_ALERTING_SIGNATURE_HEADER: parameters.grafanaAlertingSignatureHeader,
        GRAFANA_ALERTING_TIMESTAMP_HEADER: parameters.grafanaAlertingTimestampHeader,
        GRAFANA_ALERTING_UNTIMED: parameters.grafanaAlertingUntimed,
        STANDARD_WEBHOOKS_SECRET_ID: secrets.idOf('standard-webhooks'),
        ALERTMANAGER_BEARER_SECRET_ID: secrets.idOf('alertmanager-bearer'),
        PAGERDUTY_SECRET_ID: secrets.idOf('pagerduty'),
        GRAFANA_IRM_SECRET_ID: secrets.idOf('grafana-irm'),
        WEBHOOK_SECRET_OVERLAP_S: String(parameters.webhookSecretOverlapS),
      },
    });
    alerts.grantSend(this);
    outbox.grantPut(this);
    secrets.grantRead(
      this,
      'oncall-hmac',
      'oncall-bearer',
      'grafana-alerting',
      'standard-webhooks',
      'alertmanager-bearer',
      'pagerduty',
      'grafana-irm',
    );
  }
}
