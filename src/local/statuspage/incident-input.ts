import type { FakeRequest } from '../fake-server.ts';
import {
  COMPONENT_STATUSES,
  type ComponentStatus,
  IMPACTS,
  type Impact,
  type IncidentStatus,
  REALTIME_STATUSES,
  SCHEDULED_STATUSES,
} from './status-words.ts';

/** Longest title Statuspage takes, in characters. */
export const MAX_NAME_LENGTH = 255;
/** Longest update text Statuspage takes, in characters. */
export const MAX_BODY_LENGTH = 25_000;

/** What a create or update asks for, checked. Absent means: leave as it is. */
export type IncidentInput = {
  name?: string;
  status?: IncidentStatus;
  impactOverride?: Impact;
  body?: string;
  components?: Map<string, ComponentStatus>;
  componentIds?: string[];
  deliverNotifications: boolean;
  metadata?: Record<string, Record<string, unknown>>;
};

/** A refusal in Statuspage's form: `{message}` with a status code. */
export class StatuspageError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Fields = Record<string, unknown>;

/**
 * Reads the object inside a request's envelope, e.g. `{"incident": {…}}`, from JSON or a form.
 *
 * @throws {StatuspageError} 400 when the body is not what its content type says, or has no envelope
 */
export function readEnvelope(request: FakeRequest, envelope: string): Fields {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
  const text = request.body.toString('utf8');
  let parsed: unknown;
  if (type === 'application/x-www-form-urlencoded') parsed = parseForm(text);
  else {
    try {
      parsed = JSON.parse(text);
    } catch {
      throw new StatuspageError(400, 'the request body is not valid JSON');
    }
  }
  const inner = isObject(parsed) ? parsed[envelope] : undefined;
  if (isObject(inner)) return inner;
  throw new StatuspageError(400, `param is missing or the value is empty: ${envelope}`);
}

/**
 * Checks the fields of an incident. Unknown fields are ignored, as the real one does.
 *
 * @param known.isNew - a new incident must have a name
 * @throws {StatuspageError} 422 naming every bad field
 */
export function checkIncident(
  fields: Fields,
  known: { isNew: boolean; componentIds: ReadonlySet<string> },
): IncidentInput {
  const problems: string[] = [];
  const input: IncidentInput = { deliverNotifications: true };
  readTexts(fields, known.isNew, input, problems);
  readStatuses(fields, input, problems);
  readComponents(fields, known.componentIds, input, problems);
  if (fields.metadata !== undefined) {
    if (isObject(fields.metadata) && Object.values(fields.metadata).every(isObject)) {
      input.metadata = structuredClone(fields.metadata) as Record<string, Fields>;
    } else problems.push('metadata must be an object whose top-level values are objects');
  }
  const deliver = fields.deliver_notifications;
  if (deliver === false || deliver === 'false') input.deliverNotifications = false;
  else if (deliver !== undefined && deliver !== true && deliver !== 'true') {
    problems.push('deliver_notifications must be true or false');
  }
  if (problems.length > 0) throw new StatuspageError(422, problems.join('; '));
  return input;
}

/** @throws {StatuspageError} 422 */
export function checkComponentStatus(value: unknown): ComponentStatus {
  const found = COMPONENT_STATUSES.find((status) => status === value);
  if (found) return found;
  throw new StatuspageError(422, `status must be one of ${COMPONENT_STATUSES.join(', ')}`);
}

function readTexts(fields: Fields, isNew: boolean, input: IncidentInput, problems: string[]): void {
  const { name, body } = fields;
  if (name === undefined ? isNew : typeof name !== 'string' || name.trim() === '') {
    problems.push("name can't be blank");
  } else if (typeof name === 'string') {
    if (name.length > MAX_NAME_LENGTH) {
      problems.push(`name is too long (maximum is ${MAX_NAME_LENGTH} characters)`);
    } else input.name = name;
  }
  if (body === undefined || body === null) return;
  if (typeof body !== 'string') problems.push('body must be a string');
  else if (body.length > MAX_BODY_LENGTH) {
    problems.push(`body is too long (maximum is ${MAX_BODY_LENGTH} characters)`);
  } else input.body = body;
}

function readStatuses(fields: Fields, input: IncidentInput, problems: string[]): void {
  const { status, impact_override: impact } = fields;
  if (status !== undefined) {
    const all = [...REALTIME_STATUSES, ...SCHEDULED_STATUSES];
    const found = all.find((candidate) => candidate === status);
    if (found) input.status = found;
    else problems.push(`status must be one of ${all.join(', ')}`);
  }
  if (impact !== undefined && impact !== null) {
    const found = IMPACTS.find((candidate) => candidate === impact);
    if (found) input.impactOverride = found;
    else problems.push(`impact_override must be one of ${IMPACTS.join(', ')}`);
  }
}

function readComponents(
  fields: Fields,
  knownIds: ReadonlySet<string>,
  input: IncidentInput,
  problems: string[],
): void {
  const { components, component_ids: ids } = fields;
  if (ids !== undefined) {
    const list = Array.isArray(ids) ? ids.map(String) : [];
    const unknown = list.find((id) => !knownIds.has(id));
    if (!Array.isArray(ids)) problems.push('component_ids must be a list');
    else if (unknown !== undefined) problems.push(`component ${unknown} does not exist`);
    else input.componentIds = list;
  }
  if (components === undefined) return;
  if (!isObject(components)) {
    problems.push('components must map component ids to statuses');
    return;
  }
  input.components = new Map();
  for (const [id, status] of Object.entries(components)) {
    const found = COMPONENT_STATUSES.find((candidate) => candidate === status);
    if (!knownIds.has(id)) problems.push(`component ${id} does not exist`);
    else if (found) input.components.set(id, found);
    else if (status !== '') problems.push(`component ${id} has no such status`);
  }
}

/** Rails-style nesting: `incident[components][c1]=operational`. */
function parseForm(text: string): Fields {
  const root: Fields = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const path = key.replaceAll(']', '').split('[');
    if (path.some((part) => part === '__proto__')) continue;
    const isList = path.at(-1) === '';
    if (isList) path.pop();
    const last = path.pop() ?? '';
    let at = root;
    for (const part of path) {
      if (!isObject(at[part])) at[part] = {};
      at = at[part] as Fields;
    }
    at[last] = isList ? [...((at[last] as unknown[] | undefined) ?? []), value] : value;
  }
  return root;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
