import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CedarPolicy } from '../../../src/adapters/cedar/cedar-policy.ts';
import { readPolicyFiles } from '../../../src/adapters/files/deployment-config.ts';
import {
  checkPolicyTables,
  loadPolicyTable,
  loadPolicyTables,
} from '../../../src/adapters/files/policy-tables.ts';
import { ConfigError } from '../../../src/config.ts';
import { SEVERITIES } from '../../../src/domain/severity.ts';
import { COMPONENT_STATES } from '../../../src/domain/statuspage-event-details.ts';
import {
  casesOf,
  type PolicyTable,
  runPolicyTable,
  TABLE_PERSON,
} from '../../../src/services/policy-table.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const POLICIES = join(ROOT, 'config/policies');
const shipped = new CedarPolicy(readPolicyFiles(POLICIES));

function differences(table: PolicyTable, policy: CedarPolicy): string[] {
  return runPolicyTable(table, policy).flatMap(({ row, cases }) =>
    cases.flatMap(({ difference }) => (difference ? [`${row.name}: ${difference}`] : [])),
  );
}

/** What was asked, without the time. */
const KEYS = ['action', 'emergency', 'severity', 'changesComponents'] as const;

describe('the table of the shipped policy', () => {
  const tables = loadPolicyTables(join(ROOT, 'config'));

  it('is what the policy answers', () => {
    expect(tables.flatMap((table) => differences(table, shipped))).toEqual([]);
  });

  it('asks every action at every severity of every mix of roles, authors and leaders', () => {
    const asked = new Set(
      tables
        .flatMap(({ rows }) => rows.flatMap(casesOf))
        .map((question) => {
          const { person, authors, incidentCommander } = question;
          const plain = KEYS.map((key) => question[key]);
          const roles = [...person.roles].sort().join('+');
          const wrote = authors.includes(person.id);
          return [...plain, roles, wrote, incidentCommander === person.id].join(' ');
        }),
    );
    // 3 actions and the emergency × 4 severities × 4 mixes of two roles × author × leader ×
    // components.
    expect(asked.size).toBe(4 * 4 * 4 * 2 * 2 * 2);
  });

  it.each([
    ['notify', [true, false]],
    ['impact', ['none', 'critical']],
    ['worstComponent', [...COMPONENT_STATES]],
    ['relatedSeverity', [...SEVERITIES]],
    ['declaredBy', [TABLE_PERSON, null]],
  ] as const)('asks every %s of an author and of others, allowed and denied', (input, values) => {
    const cases = tables.flatMap(({ rows }) => rows.flatMap(casesOf));
    for (const value of values) {
      const those = cases.filter(({ effect }) => effect[input] === value);
      const wrote = new Set(those.map(({ authors, person }) => authors.includes(person.id)));
      const allowed = new Set(those.map((question) => shipped.decide(question).allowed));
      expect([value, wrote.size, allowed.size]).toEqual([value, 2, 2]);
    }
  });
});

describe.each(['business-hours', 'two-approvers'])('docs/policy-examples/%s', (name) => {
  const file = join(ROOT, `docs/policy-examples/${name}`);
  const added = new CedarPolicy(readPolicyFiles(POLICIES, [`${file}.cedar`]));
  const own = loadPolicyTable(`${file}.json`);

  it('answers as its table says', () => {
    expect(differences(own, added)).toEqual([]);
  });

  it('is what makes the difference: without it the table fails', () => {
    expect(differences(own, shipped)).not.toEqual([]);
  });

  it('is another policy to whoever approved before', () => {
    expect(added.digest).not.toBe(shipped.digest);
  });
});

describe('business-hours on top of the shipped policy', () => {
  it('leaves every row of the shipped table as it is: they are asked on a Wednesday at noon', () => {
    const file = join(ROOT, 'docs/policy-examples/business-hours.cedar');
    const added = new CedarPolicy(readPolicyFiles(POLICIES, [file]));
    const [table] = loadPolicyTables(join(ROOT, 'config'));
    expect(differences(table!, added)).toEqual([]);
  });
});

describe('loading', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-tables-'));
    mkdirSync(join(folder, 'policy-tests'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) =>
    writeFileSync(join(folder, 'policy-tests', name), text);
  const ROW = { name: 'one', action: 'create', severity: 'P1', roles: ['status-approver'] };

  it.each([
    ['no folder', () => rmSync(join(folder, 'policy-tests'), { recursive: true }), 'policy-tests'],
    ['no table', () => write('notes.txt', ''), 'expected at least one .json file, got none'],
    ['no JSON', () => write('a.json', '['), 'a.json'],
    ['a row that is none', () => write('a.json', '[{"name":"one"}]'), 'at row 1 (one).action'],
  ])('names %s', (_what, spoil, words) => {
    spoil();
    expect(() => loadPolicyTables(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => loadPolicyTables(folder)).toThrow(words);
  });

  it('reads every table, by name', () => {
    const text = JSON.stringify([{ ...ROW, expect: { allowed: true } }]);
    for (const name of ['b.json', 'a.json']) write(name, text);
    expect(loadPolicyTables(folder).map(({ file }) => file.slice(-6))).toEqual([
      'a.json',
      'b.json',
    ]);
    expect(() => checkPolicyTables(folder, shipped)).not.toThrow();
  });

  it('names file, row, expected and got of a case that is not as expected', () => {
    write('a.json', JSON.stringify([{ ...ROW, expect: { allowed: true, approvers: 2 } }]));
    expect(() => checkPolicyTables(folder, shipped)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => checkPolicyTables(folder, shipped)).toThrow(
      /policy-tests\/a\.json: “one” \(create, P1, .*\): expected .*"approvers":2.*, got .*"approvers":1/,
    );
  });

  it('adds policies beside those of a folder, never instead of them', () => {
    const file = join(folder, 'status-page.cedar');
    expect(() => readPolicyFiles(POLICIES, [file])).toThrow(/holds a file of this name/);
    expect(() => readPolicyFiles(POLICIES, [join(folder, 'gone.cedar')])).toThrow(/cannot read/);
  });
});
