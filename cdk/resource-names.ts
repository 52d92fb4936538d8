import type { FunctionName } from '../src/config.ts';

/** The secrets of a deployment, by the name that commands and documents use. */
export const SECRET_NAMES = [
  'oncall-hmac',
  'oncall-bearer',
  'grafana-alerting',
  'standard-webhooks',
  'alertmanager-bearer',
  'pagerduty',
  'grafana-irm',
  'slack-signing',
  'slack-bot-token',
  'statuspage-api-key',
  'oncall-api-token',
  'workos-api-key',
  'grafana-read-token',
  'github-token',
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];

/** Physical names of everything that a person or a command-line tool has to find. */
export type ResourceNames = {
  stack: string;
  auditTable: string;
  incidentsTable: string;
  outboxTable: string;
  alertsQueue: string;
  incidentsQueue: string;
  incidentsDlq: string;
  publicationsQueue: string;
  publicationsDlq: string;
  scheduleGroup: string;
  schedulesUndelivered: string;
  auditReader: string;
  secret: (name: SecretName) => string;
  function: (name: FunctionName) => string;
};

/**
 * Names are fixed, not generated: a command line finds a deployment by its id alone, policies can
 * be read without resolving references, and a second deployment beside a retained audit table fails
 * loudly where a generated name would quietly start an empty trail.
 */
export function resourceNames(deploymentId: string): ResourceNames {
  const prefix = `incident-response-${deploymentId}`;
  return {
    stack: prefix,
    auditTable: `${prefix}-audit`,
    incidentsTable: `${prefix}-incidents`,
    outboxTable: `${prefix}-outbox`,
    alertsQueue: `${prefix}-alerts.fifo`,
    incidentsQueue: `${prefix}-incidents.fifo`,
    incidentsDlq: `${prefix}-incidents-dlq.fifo`,
    publicationsQueue: `${prefix}-publications.fifo`,
    publicationsDlq: `${prefix}-publications-dlq.fifo`,
    scheduleGroup: prefix,
    schedulesUndelivered: `${prefix}-schedules-undelivered`,
    auditReader: `${prefix}-AuditReader`,
    secret: (name) => `${prefix}/${name}`,
    function: (name) => `${prefix}-${name}`,
  };
}
