import { readdirSync, readFileSync } from 'node:fs';
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../scripts/audit.ts';
import { rebuild } from '../../scripts/rebuild.ts';
import { EVENT_TYPES } from '../../src/domain/audit-event.ts';
import { startTrailWorld, type TrailWorld } from '../trail-builder.ts';
import { tellStory } from '../trail-story.ts';

const DOCUMENT = readFileSync('docs/audit-queries.md', 'utf8');
const COMMANDS = [...DOCUMENT.matchAll(/```sh\n(.+)\n```\n+(?:[^`#]*?)```text\n([\s\S]*?)```/g)];
const QUERIES = [...DOCUMENT.matchAll(/```json\n([\s\S]*?)```/g)];
/** Rows that each Query of the document finds, in the document's order. */
const QUERY_FINDS = [14, 2, 2, 1];

/** Appended by a name in a table; `test/services/receive-alert.test.ts` shows each. */
const ALERT_TYPES = /^ALERT_(RECEIVED|(UN)?ACKNOWLEDGED|(UN)?SILENCED|(UN)?RESOLVED)$/;

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
}

let world: TrailWorld;
beforeAll(async () => {
  world = await startTrailWorld();
  await tellStory(world);
});
afterAll(() => world.close());

describe('docs/audit-queries.md', () => {
  it('has an output below each of its commands', () => {
    expect(COMMANDS).toHaveLength(DOCUMENT.match(/```sh\n/g)?.length ?? 0);
    expect(COMMANDS.length).toBeGreaterThan(12);
  });

  it.each(COMMANDS.map(([, command = '', printed = '']) => [command, printed]))(
    'prints what "%s" prints',
    async (command, printed) => {
      expect(masked(await run(command))).toBe(masked(printed));
    },
  );

  it.each(QUERIES.map(([, text = ''], index) => [index + 1, text, QUERY_FINDS[index]] as const))(
    'finds with query %i what it says',
    async (_number, text, expected) => {
      const answer = await world.documents.send(
        new QueryCommand(JSON.parse(text) as QueryCommandInput),
      );
      expect(answer.Count).toBe(expected);
    },
  );

  it('has a line for every event type', () => {
    const listed = [...DOCUMENT.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, type]) => type);
    expect(listed.sort()).toEqual([...EVENT_TYPES].sort());
  });
});

describe('the table of event types', () => {
  /** Each type that some code of the product appends. */
  const written = new Set(
    sourcesBelow('src/services').flatMap((text) =>
      [
        ...text.matchAll(
          /(?:append|type|#append\(asked,|#transition\(asked, '\w+',):? '([A-Z_]+)'/g,
        ),
      ].map(([, type]) => type),
    ),
  );
  const rows = [...DOCUMENT.matchAll(/^\| `([A-Z_]+)` \| (later: )?/gm)];

  it.each(rows.map(([, type = '', later]) => [type, later !== undefined] as const))(
    'says truly of %s whether it is only for later: %s',
    (type, isLater) => {
      expect(written.has(type) || ALERT_TYPES.test(type)).toBe(!isLater);
    },
  );
});

it('every event type that something writes is shown by a test that plays it', () => {
  const tests = ['scenarios', 'services', 'properties'].flatMap((folder) =>
    sourcesBelow(`test/${folder}`),
  );
  const unshown = EVENT_TYPES.filter(
    (type) => !DOCUMENT.includes(`| \`${type}\` | later: `) && !tests.join().includes(type),
  );
  expect(unshown).toEqual([]);
});

/** Runs one documented command against the story. */
async function run(command: string): Promise<string> {
  const [, script, words = ''] = /^npm run (audit|rebuild) -- (.*)$/.exec(command) ?? [];
  let printed = '';
  await (script === 'audit' ? audit : rebuild)([...words.split(' '), '--endpoint', world.url], {
    environment: {},
    world: () => undefined,
    clock: { nowMs: () => world.now.ms },
    out: (text) => {
      printed += text;
    },
    err: () => {},
  });
  return printed.replaceAll('\r\n', '\n');
}

/** Times and digests depend on the clock and on the policies; their places do not. */
function masked(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\b[0-9a-f]{12,64}\b/g, '<digest>')
    .trim();
}
