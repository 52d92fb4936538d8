import { canonicalSha256Hex } from './ids.ts';
import type {
  ComponentState,
  DraftAction,
  PageImpact,
  PageRequest,
  PageStatus,
} from './statuspage-event-details.ts';

/** What a person says in a draft; the rest of the request follows from the incident. */
export type DraftContent = {
  title: string;
  text: string;
  status: PageStatus;
  impact: PageImpact;
  /** Mail the page's subscribers. Always explicit: the page mails them when nothing is said. */
  notify: boolean;
  components: Record<string, ComponentState>;
};

/** What this draft does to the page, given what is there already because of the incident. */
export function draftActionOf(status: PageStatus, onPage: string | null): DraftAction {
  if (onPage === null) return 'create';
  return status === 'resolved' ? 'resolve' : 'update';
}

/** The whole request that an approval covers. `onPage` is the incident's id on the page, if any. */
export function pageRequestOf(
  content: DraftContent,
  of: { pageId: string; onPage: string | null },
): PageRequest {
  const ids = Object.keys(content.components).sort();
  const incidents = `/pages/${of.pageId}/incidents`;
  return {
    method: of.onPage === null ? 'POST' : 'PATCH',
    path: of.onPage === null ? incidents : `${incidents}/${of.onPage}`,
    body: {
      incident: {
        name: content.title,
        status: content.status,
        body: content.text,
        impact_override: content.impact,
        deliver_notifications: content.notify,
        component_ids: ids,
        components: Object.fromEntries(ids.map((id) => [id, content.components[id]!])),
      },
    },
  };
}

/** The draft behind a request, for forms and cards. */
export function contentOf(request: PageRequest): DraftContent {
  const { incident } = request.body;
  return {
    title: incident.name,
    text: incident.body,
    status: incident.status,
    impact: incident.impact_override,
    notify: incident.deliver_notifications,
    components: incident.components,
  };
}

/**
 * What an approval is bound to: lower-case hex SHA-256 of RFC 8785 of
 * `{method, path, body, basedOn}`, `body` without `metadata`.
 */
export function draftDigest(request: PageRequest, basedOn: string | null): string {
  const { method, path, body } = request;
  return canonicalSha256Hex({ method, path, body, basedOn });
}
