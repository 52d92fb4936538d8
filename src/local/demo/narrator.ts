import type { Actors, ShownMessage, ShownPageIncident } from '../actors.ts';

/** Width of a line; longer words are wrapped, nothing is cut. */
const WIDTH = 100;
/** Where words begin: after the time and who speaks. */
const INDENT = 28;
const ACT = { colour: 36, mark: '▸' };
const SEEN = { colour: 90, mark: ' ' };
const PUBLIC = { colour: 32, mark: '◆' };

/**
 * Tells the story as it happens: what somebody does, then what came of it, read back from where a
 * person would see it. Times count from the alert, by the world's clock.
 */
export class Narrator {
  readonly #actors: Actors;
  readonly #write: (text: string) => void;
  readonly #colours: boolean;
  readonly #seen = new Set<string>();
  #startedAtMs: number;

  constructor(deps: { actors: Actors; write: (text: string) => void; colours: boolean }) {
    this.#actors = deps.actors;
    this.#write = deps.write;
    this.#colours = deps.colours;
    this.#startedAtMs = deps.actors.world.clock.nowMs();
  }

  /** The alert fires now: times count from here. */
  begin(): void {
    this.#startedAtMs = this.#actors.world.clock.nowMs();
  }

  heading(text: string): void {
    this.#write(`\n${this.#paint(1, text)}\n`);
  }

  /** Somebody does something. */
  act(who: string, what: string): void {
    this.#line(who, what, ACT);
  }

  /** Something that is worth a word but that nobody did. */
  note(what: string): void {
    this.#line('', what, SEEN);
  }

  /** Tells what is new in the room, for one person's eyes only, and on the public page. */
  async look(roomId: string, people: readonly string[]): Promise<void> {
    const room = await this.#actors.channel(roomId);
    for (const message of room.messages) {
      if (message.thread === null && this.#isNew(`${roomId} ${message.ts}`)) {
        this.#line('war room', this.#readable(wordsOf(message)), SEEN);
      }
    }
    for (const person of people) {
      for (const told of await this.#actors.ephemerals(person)) {
        const isNew = this.#isNew(`${person} ${told.via} ${JSON.stringify(told)}`);
        if (isNew) this.#line(`only ${firstName(person)}`, this.#readable(told.text), SEEN);
      }
    }
    for (const incident of await this.#actors.page()) {
      const key = `${incident.id} ${incident.incident_updates.length}`;
      if (this.#isNew(key)) this.#line('STATUS PAGE', publicWords(incident), PUBLIC);
    }
  }

  #isNew(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  #line(who: string, words: string, { colour, mark }: { colour: number; mark: string }): void {
    const s = Math.floor((this.#actors.world.clock.nowMs() - this.#startedAtMs) / 1000);
    const time = `${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
    const [first = '', ...rest] = wrapped(words, WIDTH - INDENT);
    const lead = `  ${mark === ' ' ? '     ' : time}  ${mark} ${who.padEnd(INDENT - 12)}`;
    this.#write(`${this.#paint(colour, lead)} ${first}\n`);
    for (const more of rest) this.#write(`${' '.repeat(INDENT)}${more}\n`);
  }

  #paint(colour: number, text: string): string {
    return this.#colours ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }

  /** Mentions as names, links as their words. */
  #readable(text: string): string {
    const { slack } = this.#actors.world;
    return text
      .replaceAll(/<?@(U[A-Z0-9]+)>?/g, (_all, id: string) => {
        return `@${slack.workspace.findPerson(id)?.realName ?? id}`;
      })
      .replaceAll(/<(https?:[^|>]+)\|([^>]+)>/g, '$2')
      .replaceAll('&amp;', '&');
  }
}

function wordsOf(message: ShownMessage): string {
  const files = (message.files ?? []).map(({ name }) => `[file ${name}]`);
  return [message.text, ...files].filter((part) => part !== '').join(' ');
}

function publicWords(incident: ShownPageIncident): string {
  const [latest] = incident.incident_updates;
  return `[${incident.status}] ${incident.name}: “${latest?.body ?? ''}”`;
}

function firstName(handle: string): string {
  const [first = ''] = handle.split('.');
  return `${first.charAt(0).toUpperCase()}${first.slice(1)}`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
