import { allRefusals, playRefusal } from '../test/rooms/play-refusal.ts';
import { print } from './proof.ts';

/*
 * Each method of Slack, refused with each of 14 names, from each step of an incident on: the room is
 * there afterwards or people and an alarm say why not, and the incident can be ended in every case.
 * usage: npm run prove:rooms [-- METHOD]
 */
const AT_ONCE = 4;
const only = process.argv[2];
const cases = allRefusals().filter(({ method }) => only === undefined || method === only);
const startedMs = performance.now();
const broken: string[] = [];
let next = 0;

async function play(): Promise<void> {
  for (;;) {
    const refused = cases[next];
    next += 1;
    if (!refused) return;
    const { method, error, step, ending } = refused;
    const name = `${method}: ${error}, from ${step} on, ${ending}`;
    const wrong = await playRefusal(refused).catch((cause: unknown) => [String(cause)]);
    for (const what of wrong) {
      broken.push(`${name}: ${what}`);
      print(`BROKEN ${name}: ${what}`);
    }
    if (next % 200 === 0) print(`${next} of ${cases.length}`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, play));
const seconds = Math.round((performance.now() - startedMs) / 1_000);
print(`FIGURE rooms: ${cases.length} refusals in ${seconds} s, ${broken.length} promises broken`);
process.exitCode = cases.length > 0 && broken.length === 0 ? 0 : 1;
