import { impactOf, type PageComponent, type PageIncident, type PageState } from './page-state.ts';
import { COMPONENT_STATUSES, type Impact } from './status-words.ts';

type Shape = Record<string, unknown>;

/** What shapes need to know of the page beside its state. */
export type ShapeOptions = { state: PageState; pageUrl: string };

/** `Component` as the Manage API and the public API return it. */
export function componentShape(component: PageComponent, state: PageState): Shape {
  return {
    id: component.id,
    page_id: state.pageId,
    group_id: null,
    created_at: time(component.createdAtMs),
    updated_at: time(component.updatedAtMs),
    group: false,
    name: component.name,
    description: null,
    position: state.components.indexOf(component) + 1,
    status: component.status,
    showcase: true,
    only_show_if_degraded: false,
  };
}

/** `Incident` as the Manage API returns it. */
export function incidentShape(incident: PageIncident, options: ShapeOptions): Shape {
  return {
    ...publicIncidentShape(incident, options),
    impact_override: incident.impactOverride,
    metadata: incident.metadata,
    postmortem_body: null,
    postmortem_published_at: null,
    scheduled_for: null,
    scheduled_until: null,
    reminder_intervals: null,
  };
}

/** An incident as the keyless API shows it: no metadata, nothing about notifications. */
export function publicIncidentShape(incident: PageIncident, options: ShapeOptions): Shape {
  const { state } = options;
  return {
    id: incident.id,
    name: incident.name,
    status: incident.status,
    created_at: time(incident.createdAtMs),
    updated_at: time(incident.updatedAtMs),
    started_at: time(incident.createdAtMs),
    monitoring_at: optionalTime(incident.monitoringAtMs),
    resolved_at: optionalTime(incident.resolvedAtMs),
    impact: impactOf(incident),
    shortlink: `${options.pageUrl}/incidents/${incident.id}`,
    page_id: state.pageId,
    incident_updates: incident.updates.map((update) => ({
      id: update.id,
      incident_id: incident.id,
      status: update.status,
      body: update.body,
      created_at: time(update.atMs),
      updated_at: time(update.updatedAtMs),
      display_at: time(update.atMs),
      deliver_notifications: update.deliverNotifications,
      affected_components: update.affected.map(({ id, name, from, to }) => ({
        code: id,
        name,
        old_status: from,
        new_status: to,
      })),
      custom_tweet: null,
      tweet_id: null,
    })),
    components: incident.componentIds.map((id) => componentShape(state.component(id), state)),
  };
}

/** What the control API tells: the Manage API's shape plus who each update was mailed to. */
export function controlIncidentShape(incident: PageIncident, options: ShapeOptions): Shape {
  const shape = incidentShape(incident, options);
  const updates = shape.incident_updates as Shape[];
  return {
    ...shape,
    incident_updates: updates.map((update, i) => ({
      ...update,
      mailedTo: incident.updates[i]?.mailedTo ?? [],
    })),
  };
}

/** The page's overall state: the worst unresolved impact, or the worst component. */
export function overallStatus(state: PageState): { indicator: Impact; description: string } {
  const worst = Math.max(
    0,
    ...state.components.map(({ status }) => COMPONENT_STATUSES.indexOf(status)),
  );
  return OVERALL[worst] as { indicator: Impact; description: string };
}

/** The page itself, as every public answer starts. */
export function pageShape({ state, pageUrl }: ShapeOptions): Shape {
  const times = [
    ...state.components.map(({ updatedAtMs }) => updatedAtMs),
    ...state.incidents().map(({ updatedAtMs }) => updatedAtMs),
  ];
  return {
    id: state.pageId,
    name: state.pageName,
    url: pageUrl,
    time_zone: 'Etc/UTC',
    updated_at: time(Math.max(0, ...times)),
  };
}

const OVERALL: { indicator: Impact; description: string }[] = [
  { indicator: 'none', description: 'All Systems Operational' },
  { indicator: 'maintenance', description: 'Service Under Maintenance' },
  { indicator: 'minor', description: 'Partially Degraded Service' },
  { indicator: 'major', description: 'Partial System Outage' },
  { indicator: 'critical', description: 'Major Service Outage' },
];

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}

function optionalTime(atMs: number | null): string | null {
  return atMs === null ? null : time(atMs);
}
