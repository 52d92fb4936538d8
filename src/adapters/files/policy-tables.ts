import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config.ts';
import type { ApprovalPolicy } from '../../services/approval-policy.ts';
import {
  caseInWords,
  type PolicyTable,
  parsePolicyTable,
  runPolicyTable,
} from '../../services/policy-table.ts';

/**
 * The tables in `policy-tests/` of a configuration folder: what the policy must answer. They stand
 * outside `policies/`, whose digest is in every approval, so that a new row voids none.
 * @throws {ConfigError} with file, row and reason; also when there is no table
 */
export function loadPolicyTables(folder: string): PolicyTable[] {
  const tables = join(folder, 'policy-tests');
  let names: string[];
  try {
    names = readdirSync(tables).filter((name) => name.endsWith('.json'));
  } catch (error) {
    throw new ConfigError(`cannot read ${tables}: ${(error as Error).message}`);
  }
  if (names.length === 0) {
    throw new ConfigError(`cannot read ${tables}: expected at least one .json file, got none`);
  }
  return names.sort().map((name) => loadPolicyTable(join(tables, name)));
}

/** @throws {ConfigError} with file, row and reason */
export function loadPolicyTable(file: string): PolicyTable {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${(error as Error).message}`);
  }
  const table = parsePolicyTable(file, json);
  if (typeof table === 'string') throw new ConfigError(`cannot read ${file}: ${table}`);
  return table;
}

/**
 * Runs every table of a configuration folder.
 * @throws {ConfigError} naming file, row, expected and got of the first case that is not as expected
 */
export function checkPolicyTables(folder: string, policy: ApprovalPolicy): void {
  for (const table of loadPolicyTables(folder)) {
    for (const { row, cases } of runPolicyTable(table, policy)) {
      const failed = cases.find(({ difference }) => difference !== undefined);
      if (!failed) continue;
      throw new ConfigError(
        `cannot use the policies: ${table.file}: “${row.name}” (${caseInWords(failed.question)}): ` +
          `${failed.difference}`,
      );
    }
  }
}
