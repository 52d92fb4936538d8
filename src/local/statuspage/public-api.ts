import { type FakeRequest, json } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import {
  componentShape,
  overallStatus,
  pageShape,
  publicIncidentShape,
  type ShapeOptions,
} from './page-shapes.ts';

/** One call of the keyless API. */
export type PublicCall = { operation: string; perform: (options: ShapeOptions) => Reply };

/** Finds the call behind a GET under `/api/v2/`; undefined for any other path. */
export function findPublicCall(request: FakeRequest): PublicCall | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const found = CALLS[request.path.replace(/^\/api\/v2\//, '')];
  if (!found) return undefined;
  return {
    operation: found.operation,
    perform: (options) =>
      // The real one allows every origin, so that pages can embed it.
      json(
        200,
        { page: pageShape(options), ...found.answer(options) },
        { 'access-control-allow-origin': '*', 'cache-control': 'no-store' },
      ),
  };
}

/** The keyless API shows the 50 most recent incidents. */
const MAX_PUBLIC_INCIDENTS = 50;

const incidents = (options: ShapeOptions) =>
  options.state
    .incidents()
    .slice(0, MAX_PUBLIC_INCIDENTS)
    .map((incident) => publicIncidentShape(incident, options));
const unresolved = (options: ShapeOptions) =>
  options.state.unresolved().map((incident) => publicIncidentShape(incident, options));
const components = ({ state }: ShapeOptions) =>
  state.components.map((component) => componentShape(component, state));

const CALLS: Record<
  string,
  { operation: string; answer: (options: ShapeOptions) => Record<string, unknown> }
> = {
  'summary.json': {
    operation: 'public_summary',
    answer: (options) => ({
      components: components(options),
      incidents: unresolved(options),
      scheduled_maintenances: [],
      status: overallStatus(options.state),
    }),
  },
  'status.json': {
    operation: 'public_status',
    answer: ({ state }) => ({ status: overallStatus(state) }),
  },
  'components.json': {
    operation: 'public_components',
    answer: (options) => ({ components: components(options) }),
  },
  'incidents.json': {
    operation: 'public_incidents',
    answer: (options) => ({ incidents: incidents(options) }),
  },
  'incidents/unresolved.json': {
    operation: 'public_unresolved',
    answer: (options) => ({ incidents: unresolved(options) }),
  },
};
