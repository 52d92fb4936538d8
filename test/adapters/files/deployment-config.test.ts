import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  loadDeploymentConfig,
  loadPolicyFiles,
  loadRouting,
  ROUTING_SCHEMA,
  routingJsonSchema,
} from '../../../src/adapters/files/deployment-config.ts';
import { ConfigError } from '../../../src/config.ts';

const SHIPPED = join(import.meta.dirname, '../../../config');
const routing = () => JSON.parse(readFileSync(join(SHIPPED, 'routing.json'), 'utf8'));
const shippedSchema = JSON.parse(readFileSync(join(SHIPPED, 'routing.schema.json'), 'utf8'));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'routing-'));
  cpSync(SHIPPED, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Json = ReturnType<typeof routing>;
/** Mistakes people make, each with the place that the message must name. */
const MISTAKES: [string, (json: Json) => void, string][] = [
  ['an unknown key', (json) => Object.assign(json, { stormy: {} }), '(top)'],
  ['a missing key', (json) => delete json.checklist, 'checklist'],
  ['an unknown severity', (json) => (json.severity[1].is = 'P9'), 'severity.1.is'],
  [
    'an address that is none',
    (json) => (json.services[0].responders[1].email = 'maya'),
    'services.0.responders.1.email',
  ],
  ['an unknown key in a match', (json) => (json.services[2].match.label = {}), 'services.2.match'],
  [
    'a label that is no text',
    (json) => (json.services[0].match.labels.a = 1),
    'services.0.match.labels.a',
  ],
  [
    'a role without groups',
    (json) => (json.roles['status-approver'].slackUserGroups = []),
    'roles.status-approver.slackUserGroups',
  ],
  ['eleven checklist items', (json) => (json.checklist = Array(11).fill('x')), 'checklist'],
  ['an empty checklist item', (json) => (json.checklist[0] = ''), 'checklist.0'],
  ['a storm of no incidents', (json) => (json.storm.incidents = 0), 'storm.incidents'],
  ['a service without a name', (json) => (json.services[0].name = ''), 'services.0.name'],
];

describe('loadRouting()', () => {
  it('reads the shipped configuration, without the name of its schema', () => {
    const read = loadRouting(folder);
    expect(read.services.map(({ name }) => name)).toContain('checkout-api');
    expect(read).not.toHaveProperty('$schema');
  });

  it.each(MISTAKES)('names file, path and reason for %s', (_name, spoil, path) => {
    const json = routing();
    spoil(json);
    const file = join(folder, 'routing.json');
    writeFileSync(file, JSON.stringify(json));
    const load = () => loadDeploymentConfig(folder);
    expect(load).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(load).toThrow(`cannot read ${file}: at ${path}: `);
  });

  it.each(['Europe/Atlantis', '+01:00', '', 7])(
    'names a time zone that no clock knows: %s',
    (timeZone) => {
      const file = join(folder, 'routing.json');
      writeFileSync(file, JSON.stringify({ ...routing(), timeZone }));
      expect(() => loadRouting(folder)).toThrow(`cannot read ${file}: at timeZone: `);
    },
  );

  it('reads the time zone; without one the clock is UTC', () => {
    const file = join(folder, 'routing.json');
    writeFileSync(file, JSON.stringify({ ...routing(), timeZone: 'Europe/Lisbon' }));
    expect(loadRouting(folder).timeZone).toBe('Europe/Lisbon');
    const { timeZone: _zone, ...without } = routing();
    writeFileSync(file, JSON.stringify(without));
    expect(loadRouting(folder).timeZone).toBe('UTC');
  });

  it.each([
    [{ remindAfterS: 900 }, 'expected remindAfterS < widenAfterS < pageAfterS'],
    [{ widenAfterS: 1_800 }, 'got 300, 1800, 1800'],
    [{ pageAfterS: 86_400 }, 'pageAfterS < 86400'],
  ])('names times of an approval that are out of order: %j', (approvals, words) => {
    writeFileSync(join(folder, 'routing.json'), JSON.stringify({ ...routing(), approvals }));
    expect(() => loadRouting(folder)).toThrow(/at approvals: /);
    expect(() => loadRouting(folder)).toThrow(words);
  });

  it.each([
    [{ remindAfterS: 59 }, 'approvals.remindAfterS'],
    [{ widenAfterS: 900.5 }, 'approvals.widenAfterS'],
    [{ pageAfterS: 86_401 }, 'approvals.pageAfterS'],
    [{ pagedAfterS: 60 }, 'approvals'],
  ])('names a time of an approval that is none: %j', (approvals, path) => {
    writeFileSync(join(folder, 'routing.json'), JSON.stringify({ ...routing(), approvals }));
    expect(() => loadRouting(folder)).toThrow(`at ${path}: `);
  });

  it('reads the times of an approval; what is left out is 5, 15 and 30 minutes', () => {
    const file = join(folder, 'routing.json');
    const { approvals: _times, ...without } = routing();
    writeFileSync(file, JSON.stringify(without));
    const usual = { remindAfterS: 300, widenAfterS: 900, pageAfterS: 1_800 };
    expect(loadRouting(folder).approvals).toEqual(usual);
    writeFileSync(file, JSON.stringify({ ...without, approvals: { remindAfterS: 60 } }));
    expect(loadRouting(folder).approvals).toEqual({ ...usual, remindAfterS: 60 });
  });

  it('names a component that no list of components holds', () => {
    const json = routing();
    json.services[1].components = ['c9'];
    writeFileSync(join(folder, 'routing.json'), JSON.stringify(json));
    expect(() => loadRouting(folder)).toThrow(
      'at services.1.components: expected an id listed in components, got c9',
    );
  });

  it.each([
    ['is not JSON', '{ "services": ['],
    ['is empty', ''],
  ])('names a file that %s', (_name, text) => {
    writeFileSync(join(folder, 'routing.json'), text);
    expect(() => loadRouting(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => loadRouting(folder)).toThrow(`cannot read ${join(folder, 'routing.json')}: `);
  });

  it('names a file that is not there', () => {
    rmSync(join(folder, 'routing.json'));
    expect(() => loadRouting(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
    expect(() => loadRouting(folder)).toThrow('routing.json');
  });
});

describe('routing.schema.json', () => {
  it('is what the schema in the code says', () => {
    expect(shippedSchema).toEqual(routingJsonSchema());
  });

  it('accepts the shipped configuration and refuses every mistake the code refuses', () => {
    const schema = z.fromJSONSchema(shippedSchema);
    expect(schema.safeParse(routing()).success).toBe(true);
    for (const [name, spoil] of MISTAKES) {
      const json = routing();
      spoil(json);
      expect([name, schema.safeParse(json).success]).toEqual([name, false]);
      expect([name, ROUTING_SCHEMA.safeParse(json).success]).toEqual([name, false]);
    }
  });
});

describe('loadPolicyFiles()', () => {
  it('reads every policy file under one digest that changes with any byte of them', () => {
    const before = loadPolicyFiles(folder);
    expect(Object.keys(before.files)).toEqual(['status-page.cedar', 'status-page.cedarschema']);
    expect(before.digest).toMatch(/^[0-9a-f]{64}$/);
    writeFileSync(
      join(folder, 'policies/status-page.cedar'),
      `${before.files['status-page.cedar']} `,
    );
    expect(loadPolicyFiles(folder).digest).not.toBe(before.digest);
  });

  it('names a folder without a policy', () => {
    rmSync(join(folder, 'policies/status-page.cedar'));
    expect(() => loadPolicyFiles(folder)).toThrow('expected at least one .cedar file, got none');
    rmSync(join(folder, 'policies'), { recursive: true });
    expect(() => loadPolicyFiles(folder)).toThrowWithCode(ConfigError, 'CONFIG_INVALID');
  });
});
