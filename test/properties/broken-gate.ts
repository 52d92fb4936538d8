import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type GateModules, loadGate } from '../gate/gate-world.ts';
import type { LivesModules } from '../lives/lives-world.ts';

const root = resolve(import.meta.dirname, '../..');
/** Of this process: test files break gates at the same time, and each mends only its own. */
const broken = join(root, '.broken-gates', String(process.pid));
const COPIED = ['services', 'handlers'];

/** One change to the source: this text becomes that one. */
export type Breakage = { file: string; from: string; to: string };

/**
 * The gate with a mistake in it.
 *
 * @throws {RangeError} when the text to break is not there: the gate was rewritten, the test not
 */
export async function breakGate(name: string, breakages: Breakage[]): Promise<GateModules> {
  return loadGate(brokenCopy(name, breakages));
}

/** The functions, joined as on AWS, with a mistake in them. @throws {RangeError} as `breakGate` */
export async function breakLives(name: string, breakages: Breakage[]): Promise<LivesModules> {
  const copy = brokenCopy(name, breakages);
  const from = (file: string) => import(/* @vite-ignore */ `${copy}/handlers/${file}.ts`);
  const { joinIncidentWorker } = await from('compose-incident-worker');
  const { joinPublisher } = await from('compose-publisher');
  return { joinIncidentWorker, joinPublisher };
}

/**
 * A copy of services and handlers with a mistake in it, so that production code needs no switch that
 * turns a check off. The copy shares the intact `domain`, except files that are broken themselves.
 *
 * @returns where it is
 */
export function brokenCopy(name: string, breakages: Breakage[]): string {
  const copy = join(broken, name);
  for (const folder of COPIED) {
    cpSync(join(root, 'src', folder), join(copy, folder), { recursive: true });
  }
  const services = join(copy, 'services');
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
  for (const file of readdirSync(join(copy, 'handlers')).filter((one) => one.endsWith('.ts'))) {
    const text = readFileSync(join(copy, 'handlers', file), 'utf8');
    const intact = text.replaceAll(/'\.\.\/(?!services\/)/g, `'${root}/src/`);
    writeFileSync(join(copy, 'handlers', file), intact);
  }
  return copy;
}

function inDomain(file: string): string {
  return join(root, 'src/domain', file);
}

export function mendGates(): void {
  rmSync(broken, { recursive: true, force: true });
}
