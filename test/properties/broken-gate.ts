import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type GateModules, loadGate } from '../gate/gate-world.ts';

const root = resolve(import.meta.dirname, '../..');
const broken = join(root, '.broken-gates');

/** One change to the gate's own source: this text becomes that one. */
export type Breakage = { file: string; from: string; to: string };

/**
 * A copy of the gate with a mistake in it, so that production code needs no switch that turns a
 * check off. The copy shares the intact `domain`, except files that are broken themselves.
 *
 * @throws {RangeError} when the text to break is not there: the gate was rewritten, the test not
 */
export async function breakGate(name: string, breakages: Breakage[]): Promise<GateModules> {
  const services = join(broken, name, 'services');
  mkdirSync(services, { recursive: true });
  cpSync(join(root, 'src/services'), services, { recursive: true });
  const own = breakages.map(({ file }) => file).filter((file) => existsSync(inDomain(file)));
  for (const file of own) cpSync(inDomain(file), join(services, file));
  for (const file of readdirSync(services)) {
    let text = readFileSync(join(services, file), 'utf8');
    for (const { from, to } of breakages.filter((breakage) => breakage.file === file)) {
      if (!text.includes(from)) throw new RangeError(`cannot break ${file}: expected ${from}`);
      text = text.replace(from, to);
    }
    const domain = own.includes(file) ? "'./" : "'../domain/";
    for (const copied of own) text = text.replaceAll(`${domain}${copied}'`, `'#own/${copied}'`);
    text = text.replaceAll(domain, `'${root}/src/domain/`).replaceAll("'#own/", "'./");
    writeFileSync(join(services, file), text);
  }
  return loadGate(join(broken, name));
}

function inDomain(file: string): string {
  return join(root, 'src/domain', file);
}

export function mendGates(): void {
  rmSync(broken, { recursive: true, force: true });
}
