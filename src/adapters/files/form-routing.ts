import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../config.ts';
import type { FormRouting } from '../../services/wanted-form.ts';

/**
 * Reads of `routing.json` what forms show: services and components.
 *
 * Checks only that, without a schema library, because a person waits for the function that uses it;
 * the whole file is checked when it is deployed and by every other function.
 * @throws {ConfigError} with file and reason
 */
export function loadFormRouting(folder: string): FormRouting {
  const file = join(folder, 'routing.json');
  let read: { services?: unknown; components?: unknown };
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ConfigError(`cannot read ${file}: ${(error as Error).message}`);
  }
  const { services, components } = read ?? {};
  if (!Array.isArray(services) || !services.every(hasText('name'))) {
    throw new ConfigError(`cannot read ${file}: at services: expected a list with names`);
  }
  if (!services.every(({ components: ids }) => Array.isArray(ids))) {
    throw new ConfigError(`cannot read ${file}: at services: expected components in each`);
  }
  if (!Array.isArray(components) || !components.every(hasText('id', 'name'))) {
    throw new ConfigError(`cannot read ${file}: at components: expected a list of id and name`);
  }
  return { services, components };
}

function hasText(...fields: string[]): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    fields.every((field) => typeof (value as Record<string, unknown>)[field] === 'string');
}
