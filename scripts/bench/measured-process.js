// One function in a process of its own, measured from inside. Plain JavaScript: reading TypeScript
// would cost more than what is measured.
//
//   node measured-process.js <bundle> <file of one event>   first answer, then it ends
//   node measured-process.js <bundle>                       batches of events over IPC
//
// Reports { wallMs, cpuMs, rssMb, statusCode }: wall from the start of the process until the answer,
// CPU of all its threads.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle, eventFile] = process.argv.slice(2);
const bundleUrl = pathToFileURL(bundle).href;

try {
  if (eventFile) await answerOnce();
  else await answerBatches();
} catch (error) {
  // Without it Node prints the line that threw: a whole bundle.
  process.stderr.write(`${String(error).slice(0, 500)}\n`);
  process.exit(1);
}

async function answerOnce() {
  const event = JSON.parse(readFileSync(eventFile, 'utf8'));
  const { handler } = await import(bundleUrl);
  const answer = await handler(event);
  const wallMs = performance.now();
  report({ wallMs, cpuMs: cpuMsSince(), answers: [answer] });
  process.disconnect();
}

async function answerBatches() {
  const { handler } = await import(bundleUrl);
  process.on('message', async (events) => {
    // A handler that throws shows as an answer that is no success.
    const startedMs = performance.now();
    const before = process.cpuUsage();
    const answers = [];
    for (const event of events) answers.push(await handler(event).catch(failed));
    const wallMs = performance.now() - startedMs;
    report({ wallMs, cpuMs: cpuMsSince(before), answers });
  });
  process.send('ready');
}

function failed(error) {
  return { statusCode: 500, body: String(error).slice(0, 500) };
}

function cpuMsSince(before) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function report({ wallMs, cpuMs, answers }) {
  const rssMb = process.resourceUsage().maxRSS / 1024;
  process.send({ wallMs, cpuMs, rssMb, answers: answers.map((answer) => answer ?? null) });
}
