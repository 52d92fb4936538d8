/** One verb of the root command: how it is typed, and what it does in the words of `help`. */
export type VerbHelp = { aliases: readonly string[]; usage: string; does: string };

/** Every verb there is. `help` shows exactly these, and each of them acts. */
export const VERBS = {
  help: { aliases: [], usage: 'help [verb]', does: 'show the commands, or one of them' },
  declare: {
    aliases: ['new', 'create', 'open'],
    usage: 'declare [title]',
    does: 'open an incident and its war room; without a title a form opens',
  },
  status: { aliases: [], usage: 'status', does: 'show where this incident stands, to you only' },
  list: { aliases: ['incidents'], usage: 'list', does: 'show the open incidents, to you only' },
  ic: {
    aliases: ['lead'],
    usage: 'ic [@person]',
    does: 'take the incident commander role, or hand it to somebody',
  },
  invite: {
    aliases: [],
    usage: 'invite @person|@group…',
    does: 'invite people, or the members of a group, to the war room',
  },
  page: {
    aliases: [],
    usage: 'page @person [@person…]',
    does: 'wake people by OnCall, as they set it there',
  },
  note: { aliases: [], usage: 'note <text>', does: 'put a note on the record and in the room' },
  update: {
    aliases: [],
    usage: 'update [text]',
    does: 'send an internal update and restart the update reminder',
  },
  severity: {
    aliases: ['sev'],
    usage: 'severity <P1|P2|P3|P4> [reason]',
    does: 'change how severe the incident is',
  },
  service: {
    aliases: [],
    usage: 'service <name>',
    does: 'say which service the incident is about; its people are called',
  },
  title: { aliases: ['rename'], usage: 'title <text>', does: 'give the incident another title' },
  draft: {
    aliases: ['comms', 'statuspage'],
    usage: 'draft [investigating|identified|monitoring|resolved] [text]',
    does: 'propose a status page update for approval; without text a form opens',
  },
  mitigate: {
    aliases: ['mitigated'],
    usage: 'mitigate [text]',
    does: 'say that customers are no longer harmed',
  },
  resolve: {
    aliases: ['resolved'],
    usage: 'resolve [summary]',
    does: 'end the incident; without a summary a form opens',
  },
  reopen: { aliases: [], usage: 'reopen <reason>', does: 'take a resolved incident up again' },
  cancel: { aliases: [], usage: 'cancel <reason>', does: 'end an incident that was none' },
  postmortem: {
    aliases: ['report'],
    usage: 'postmortem',
    does: 'post the story so far as a file here, from the record; also once it is over',
  },
  'leave-page': {
    aliases: ['leavepage'],
    usage: 'leave-page [reason]',
    does: 'say why the status page stays open though the incident is over; without a reason a form opens',
  },
  checklist: {
    aliases: [],
    usage: 'checklist [number]',
    does: 'show the checklist, or tick one of its items',
  },
  silence: {
    aliases: ['snooze'],
    usage: 'silence [30m|1h|…]',
    does: 'stop the update reminder for a while',
  },
} as const satisfies Record<string, VerbHelp>;

export type Verb = keyof typeof VERBS;

/** In the order `help` shows them. */
export const VERB_NAMES = Object.keys(VERBS) as Verb[];

const BY_WORD: ReadonlyMap<string, Verb> = new Map(
  VERB_NAMES.flatMap((verb) => [verb, ...VERBS[verb].aliases].map((word) => [word, verb] as const)),
);

/** Longest word that is compared with the verbs; longer ones are cut first. */
const COMPARED_MAX = 40;

/** A word with more mistakes than one in so many letters is another word. */
const LETTERS_PER_MISTAKE = 3;

/** The verb that a word names, by itself or as an alias, in any case. */
export function verbOf(word: string): Verb | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** The verb nearest to a mistyped word; null when none is near: a wild guess misleads. */
export function closestVerb(word: string): Verb | null {
  const typed = word.toLowerCase().slice(0, COMPARED_MAX);
  let best: { verb: Verb; distance: number } | undefined;
  for (const [candidate, verb] of BY_WORD) {
    const prefix = typed.length >= 2 && candidate.startsWith(typed);
    const distance = prefix ? 0.5 : editDistance(typed, candidate);
    const longer = Math.max(typed.length, candidate.length);
    const isNear = distance <= Math.max(1, Math.floor(longer / LETTERS_PER_MISTAKE));
    if (isNear && (!best || distance < best.distance)) best = { verb, distance };
  }
  return best?.verb ?? null;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
