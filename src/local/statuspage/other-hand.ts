import { ControlError, json } from '../fake-server.ts';
import type { Reply } from '../fault-board.ts';
import { checkIncident } from './incident-input.ts';
import { controlIncidentShape, type ShapeOptions } from './page-shapes.ts';
import type { PageState } from './page-state.ts';

const FIELDS = ['incidentId', 'updateId', 'name', 'status', 'body', 'remove'];

/**
 * Another hand on the page: no key, no limit, mail as by default.
 *
 * Without `incidentId` it opens an incident; with one it adds to it, with `updateId` too it changes
 * that update in place; with `remove: true` it takes the update, or else the incident, off the page.
 *
 * @throws {ControlError} 400; {StatuspageError} 404, 422
 */
export function editPage(shape: ShapeOptions, given: Record<string, unknown>): Reply {
  const { incidentId, updateId, remove, ...fields } = given;
  const unknown = Object.keys(given).find((key) => !FIELDS.includes(key));
  if (unknown) throw unexpected(FIELDS.join(' '), unknown);
  const { state } = shape;
  if (incidentId === undefined) {
    if (updateId !== undefined || remove !== undefined) throw unexpected('incidentId', 'none');
    const input = checkIncident({ name: 'Edited by hand', ...fields }, known(state, true));
    return json(200, controlIncidentShape(state.create(input), shape));
  }
  const { id } = state.incident(String(incidentId));
  if (remove === true) return removed(shape, id, updateId);
  if (remove !== undefined) throw unexpected('remove: true', String(remove));
  const input = checkIncident(fields, known(state, false));
  if (updateId === undefined) {
    return json(200, controlIncidentShape(state.update(id, input), shape));
  }
  const { body, status, name } = input;
  if (name !== undefined) throw unexpected('no name beside updateId', 'name');
  state.rewrite(id, String(updateId), {
    ...(body === undefined ? {} : { body }),
    ...(status === undefined ? {} : { status }),
  });
  return json(200, controlIncidentShape(state.incident(id), shape));
}

function removed(shape: ShapeOptions, id: string, updateId: unknown): Reply {
  const { state } = shape;
  if (updateId === undefined) return json(200, controlIncidentShape(state.remove(id), shape));
  state.removeUpdate(id, String(updateId));
  return json(200, controlIncidentShape(state.incident(id), shape));
}

function known(state: PageState, isNew: boolean) {
  return { isNew, componentIds: state.componentIds() };
}

function unexpected(expected: string, got: string): ControlError {
  return new ControlError(400, `cannot edit the page: expected ${expected}, got ${got}`);
}
