import type { PageRequest } from './statuspage-event-details.ts';

/**
 * Why Statuspage refused for good: a closed set, with names that we sent ourselves. Its own words never
 * go further, as they may repeat customer text.
 */
export type PageRefusal = {
  kind:
    | 'KEY_REFUSED'
    | 'NOT_PERMITTED'
    | 'INCIDENT_GONE'
    | 'PAGE_UNKNOWN'
    | 'COMPONENT_UNKNOWN'
    | 'FIELD_INVALID'
    | 'REQUEST_UNREADABLE';
  /** Of those that the request names. */
  componentIds: string[];
  /** What of the request it does not accept, in words. */
  fields: string[];
};

/** How Statuspage calls a field, and how people do. https://developer.statuspage.io */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/\bname\b/, 'the title'],
  [/\b(?:body|message)\b(?!"\s*:)/, 'the text'],
  [/(?<!component )\bstatus\b(?! page)/, 'the status'],
  [/\bimpact/, 'the impact'],
  [/\bdeliver_notifications\b/, 'whether subscribers are mailed'],
  [/\bmetadata\b/, 'the metadata'],
];
/** More components in one sentence would hide the rest of it. */
const COMPONENTS_NAMED_MAX = 10;

/**
 * Reads why a request was refused, from a status of 400, 401, 403, 404 or 422.
 *
 * @param of.request - undefined for a request that only reads
 */
export function pageRefusalOf(of: {
  status: number;
  answer: string;
  request: PageRequest | undefined;
}): PageRefusal {
  const { status, request } = of;
  const none = { componentIds: [], fields: [] };
  if (status === 401) return { kind: 'KEY_REFUSED', ...none };
  if (status === 403) return { kind: 'NOT_PERMITTED', ...none };
  if (status === 404) {
    const isOfIncident = request?.path.includes('/incidents/') ?? false;
    return { kind: isOfIncident ? 'INCIDENT_GONE' : 'PAGE_UNKNOWN', ...none };
  }
  if (status !== 422 || !request) return { kind: 'REQUEST_UNREADABLE', ...none };
  const answer = of.answer.toLowerCase();
  const { component_ids, components } = request.body.incident;
  const sent = [...new Set([...component_ids, ...Object.keys(components)])];
  const componentIds = sent.filter((id) => words(answer).has(id.toLowerCase()));
  if (componentIds.length > 0 || /\bcomponents?\b/.test(answer)) {
    return { kind: 'COMPONENT_UNKNOWN', componentIds, fields: [] };
  }
  const fields = FIELDS.flatMap(([pattern, field]) => (pattern.test(answer) ? [field] : []));
  return { kind: 'FIELD_INVALID', componentIds: [], fields };
}

/** What happened and what is to be done, for people; components by the names that they know. */
export function pageRefusalWords(
  { kind, componentIds, fields }: PageRefusal,
  components: readonly { id: string; name: string }[],
): string {
  switch (kind) {
    case 'KEY_REFUSED':
      return 'Statuspage does not accept our API key; it was revoked or is wrong: put a valid one in its place (runbook, “Publishing failed”), then draft again';
    case 'NOT_PERMITTED':
      return 'Statuspage does not let our API key write to this page: let it, or use another key (runbook, “Publishing failed”), then draft again';
    case 'INCIDENT_GONE':
      return 'the incident is no longer on the status page: draft again, which opens a new one there';
    case 'PAGE_UNKNOWN':
      return 'Statuspage does not know this deployment’s page, or our API key is not for it: correct the page id or the key, then draft again';
    case 'COMPONENT_UNKNOWN': {
      const named = componentIds
        .slice(0, COMPONENTS_NAMED_MAX)
        .map((id) => `“${components.find((one) => one.id === id)?.name ?? id}” (${id})`);
      const what = named.length > 0 ? `the component ${named.join(', ')}` : 'a component of it';
      return `Statuspage does not know ${what}, or not in that state: correct config/routing.json or leave it out, then draft again`;
    }
    case 'FIELD_INVALID': {
      const what = fields.length > 0 ? fields.join(', ') : 'something in it';
      return `Statuspage does not accept ${what}: change it and draft again`;
    }
    case 'REQUEST_UNREADABLE':
      return 'Statuspage could not read it; this is a fault of ours: tell whoever runs this app';
  }
}

function words(answer: string): ReadonlySet<string> {
  return new Set(answer.split(/[^a-z0-9_-]+/));
}
