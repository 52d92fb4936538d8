import type { Channel, Person } from './model.ts';
import { getState } from './store.ts';

/** Who the page acts as; undefined until the world is known. */
export function actingPerson(): Person | undefined {
  const { world, ui } = getState();
  const full = world.people.filter(({ kind }) => kind === 'full');
  return world.people.find(({ id }) => id === ui.actingId) ?? full[0];
}

export function shownChannel(): Channel | undefined {
  const { world, ui } = getState();
  return world.channels[ui.channelId];
}

export function findPerson(id: string): Person | undefined {
  return getState().world.people.find((person) => person.id === id);
}

export function personName(id: string): string {
  return findPerson(id)?.realName ?? (id.endsWith('BOT') ? 'Incident Response' : id);
}

export function roomName(id: string): string {
  return getState().world.channels[id]?.name ?? id;
}

export function firstName(id: string): string {
  return personName(id).split(' ')[0] ?? id;
}

export function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((part) => part[0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
}

/** One of the avatar colours, always the same for one id. */
export function hueOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % 997;
  return sum % 8;
}

const ROLE_WORDS: Record<string, string> = {
  'status-approver': 'approves status updates',
  'incident-commander': 'may command incidents',
};
const KIND_WORDS: Record<Person['kind'], string> = {
  full: '',
  guest: 'guest',
  bot: 'bot',
  deactivated: 'deactivated account',
  foreign: 'from another workspace',
};

/** What a person may do, for people. */
export function roleWords(person: Person): string {
  const roles = person.roles.map((role) => ROLE_WORDS[role] ?? role);
  const words = [KIND_WORDS[person.kind], ...roles].filter(Boolean);
  return words.join(', ') || 'responder, no special role';
}
