import type { Routing, ServiceRoute } from './routing.ts';

/** Services as people speak of them. */
export type NamedServices = Pick<Routing, 'components'> & {
  services: readonly Pick<ServiceRoute, 'name' | 'aliases' | 'components'>[];
};

/** Words of names that many services share, which tell none from another. */
const COMMON = new Set(
  'api app application backend cluster core db frontend job jobs main prod production server service system web worker'.split(
    ' ',
  ),
);
/** Longest text that is searched for names. Unit: UTF-16 units. */
const SEARCHED_MAX = 500;

/** The service of this name or alias, in any case. */
export function serviceNamed<S extends NamedServices['services'][number]>(
  services: readonly S[],
  typed: string,
): S | undefined {
  const wanted = phrase(typed);
  const isCalled = (name: string) => phrase(name) === wanted;
  return (
    services.find(({ name }) => isCalled(name)) ??
    services.find(({ aliases = [] }) => aliases.some(isCalled))
  );
}

/**
 * The one service that a title speaks of: by its name, an alias, a component of its own, or the word of
 * its name that no other service has. Undefined when none is named, or several are as well as each other.
 */
export function serviceGuess(named: NamedServices, title: string): string | undefined {
  const text = ` ${phrase(title.slice(0, SEARCHED_MAX))} `;
  const scores = named.services.map((service) => ({
    name: service.name,
    score: Math.max(0, ...phrasesOf(service, named).map((each) => scoreOf(each, text))),
  }));
  const best = Math.max(0, ...scores.map(({ score }) => score));
  const found = scores.filter(({ score }) => score === best);
  return best > 0 && found.length === 1 ? found[0]?.name : undefined;
}

type Phrase = { words: string; isWhole: boolean };

function phrasesOf(
  { name, aliases = [], components }: NamedServices['services'][number],
  named: NamedServices,
): Phrase[] {
  const whole = [name, ...aliases].map((each) => ({ words: phrase(each), isWhole: true }));
  const words = phrase(name)
    .split(' ')
    .filter((word) => word.length > 1 && !COMMON.has(word));
  const shown = named.components.filter(({ id }) => components.includes(id));
  return [
    ...whole,
    ...[...words, ...shown.map((component) => phrase(component.name))].map((each) => ({
      words: each,
      isWhole: false,
    })),
  ];
}

/** A whole name counts more than a word of one, and a longer one more than a shorter. */
function scoreOf({ words, isWhole }: Phrase, text: string): number {
  if (words === '' || !text.includes(` ${words} `)) return 0;
  return isWhole ? 1 + words.length : 1;
}

/** Words alone: case, accents and what stands between them make no difference. */
function phrase(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .join(' ');
}
