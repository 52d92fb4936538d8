import { type FakeRequest, json } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import {
  checkComponentStatus,
  checkIncident,
  readEnvelope,
  StatuspageError,
} from './incident-input.ts';
import { componentShape, incidentShape, type ShapeOptions } from './page-shapes.ts';
import type { PageIncident } from './page-state.ts';

/** One call of the Manage API: its name at the fault board, and what it does once let in. */
export type ManageCall = {
  operation: string;
  perform: (options: ShapeOptions, request: FakeRequest) => Reply;
};

type Route = {
  method: string;
  pattern: RegExp;
  operation: string;
  answer: (options: ShapeOptions, request: FakeRequest, id: string) => Reply;
};

/**
 * Finds the call behind a request under `/v1/`. A page other than ours is 404, as for a key that
 * does not own it.
 */
export function findManageCall(request: FakeRequest): ManageCall {
  const match = /^\/v1\/pages\/([^/]+)(\/.*?)?\/?(?:\.json)?$/.exec(request.path);
  const [, pageId = '', rest = ''] = match ?? [];
  for (const route of ROUTES) {
    const found = route.method === request.method ? route.pattern.exec(rest) : null;
    if (!found) continue;
    return {
      operation: route.operation,
      perform: (options, incoming) => {
        if (pageId !== options.state.pageId) throw new StatuspageError(404, 'Page not found');
        return route.answer(options, incoming, found[1] ?? '');
      },
    };
  }
  return {
    operation: 'unknown',
    perform: () => {
      throw new StatuspageError(404, 'not found');
    },
  };
}

/** Statuspage's default and largest page of incidents. */
const MAX_PAGE_SIZE = 100;
const ID = '([a-z0-9]+)';

const updateIncident: Route['answer'] = (options, request, id) => {
  options.state.incident(id);
  const fields = readEnvelope(request, 'incident');
  const known = { isNew: false, componentIds: options.state.componentIds() };
  const incident = options.state.update(id, checkIncident(fields, known));
  return json(200, incidentShape(incident, options));
};

const ROUTES: Route[] = [
  {
    method: 'POST',
    pattern: /^\/incidents$/,
    operation: 'create_incident',
    answer: (options, request) => {
      const fields = readEnvelope(request, 'incident');
      const known = { isNew: true, componentIds: options.state.componentIds() };
      const incident = options.state.create(checkIncident(fields, known));
      return json(201, incidentShape(incident, options));
    },
  },
  {
    method: 'GET',
    pattern: /^\/incidents$/,
    operation: 'list_incidents',
    answer: (options, { query }) =>
      listed(options.state.incidents().filter(searched(query.get('q'))), options, query, 'limit'),
  },
  {
    method: 'GET',
    pattern: /^\/incidents\/unresolved$/,
    operation: 'list_unresolved',
    answer: (options, { query }) => listed(options.state.unresolved(), options, query, 'per_page'),
  },
  {
    method: 'GET',
    pattern: /^\/incidents\/(?:active_maintenance|scheduled|upcoming)$/,
    operation: 'list_maintenances',
    answer: () => json(200, []),
  },
  {
    method: 'GET',
    pattern: new RegExp(`^/incidents/${ID}$`),
    operation: 'get_incident',
    answer: (options, _request, id) =>
      json(200, incidentShape(options.state.incident(id), options)),
  },
  {
    method: 'PATCH',
    pattern: new RegExp(`^/incidents/${ID}$`),
    operation: 'update_incident',
    answer: updateIncident,
  },
  {
    method: 'PUT',
    pattern: new RegExp(`^/incidents/${ID}$`),
    operation: 'update_incident',
    answer: updateIncident,
  },
  {
    method: 'DELETE',
    pattern: new RegExp(`^/incidents/${ID}$`),
    operation: 'delete_incident',
    answer: (options, _request, id) => json(200, incidentShape(options.state.remove(id), options)),
  },
  {
    method: 'GET',
    pattern: /^\/components$/,
    operation: 'list_components',
    answer: ({ state }) =>
      json(
        200,
        state.components.map((component) => componentShape(component, state)),
      ),
  },
  {
    method: 'GET',
    pattern: new RegExp(`^/components/${ID}$`),
    operation: 'get_component',
    answer: ({ state }, _request, id) => json(200, componentShape(state.component(id), state)),
  },
  {
    method: 'PATCH',
    pattern: new RegExp(`^/components/${ID}$`),
    operation: 'update_component',
    answer: ({ state }, request, id) => {
      state.component(id);
      const { status } = readEnvelope(request, 'component');
      if (status === undefined) return json(200, componentShape(state.component(id), state));
      return json(200, componentShape(state.setComponent(id, checkComponentStatus(status)), state));
    },
  },
  {
    method: 'GET',
    pattern: /^\/subscribers\/count$/,
    operation: 'count_subscribers',
    answer: ({ state }) =>
      json(200, { email: state.subscribers.length, sms: 0, webhook: 0, slack: 0, teams: 0 }),
  },
];

/** `q` looks at name, status and update texts; not at metadata. */
function searched(q: string | null): (incident: PageIncident) => boolean {
  const wanted = (q ?? '').toLowerCase();
  return ({ name, status, updates }) =>
    [name, status, ...updates.map(({ body }) => body)].some((text) =>
      text.toLowerCase().includes(wanted),
    );
}

function listed(
  incidents: readonly PageIncident[],
  options: ShapeOptions,
  query: URLSearchParams,
  sizeParameter: string,
): Reply {
  const size = Math.min(positive(query.get(sizeParameter), MAX_PAGE_SIZE), MAX_PAGE_SIZE);
  const first = (positive(query.get('page'), 1) - 1) * size;
  const page = incidents.slice(first, first + size);
  return json(
    200,
    page.map((incident) => incidentShape(incident, options)),
  );
}

function positive(text: string | null, otherwise: number): number {
  if (text === null) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new StatuspageError(400, 'expected a positive number');
}
