/**
 * The embedded world's model: reads the fenced facts of a Converse request and answers as a
 * well-behaved model would. The same request gives the same answer.
 *
 * @param request - the body of a Converse call
 * @returns the text of the answer: one JSON object with `title` and `text`
 */
export function standInModel(request: unknown): string {
  const prompt = userText(request);
  const facts = /<facts>\n([\s\S]*?)\n<\/facts>/.exec(prompt)?.[1] ?? '';
  const lines = facts.split('\n');
  const values = (label: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${label}: `))
      .map((line) => line.slice(label.length + 2))
      .filter((value) => value !== '' && !/[[\]{}‹›]/.test(value));
  const status = values('status')[0] ?? 'investigating';
  const story: Story = {
    affected: joinNames([...new Set(values('component'))].slice(0, 4)),
    symptom: symptomOf(untrustedTexts(prompt)),
    isFollowUp: prompt.includes('<published>'),
  };
  return JSON.stringify((ANSWERS[status] ?? ANSWERS.investigating)(story));
}

type Story = { affected: string; symptom: Symptom; isFollowUp: boolean };
type Symptom = { title: string; now: string; past: string };
type Answer = { title: string; text: string };

const SYMPTOMS: [RegExp, Symptom][] = [
  [
    /latency|slow|p9[059]|response time|time-?out/i,
    { title: 'Slow responses', now: 'slow responses or time-outs', past: 'slow responses' },
  ],
  [/\b5xx\b|\b50[0-4]\b|error|fail|exception/i, { title: 'Errors', now: 'errors', past: 'errors' }],
  [
    /\bdown\b|unavailable|outage|unreachable/i,
    { title: 'Outage', now: 'that it is not available', past: 'an outage' },
  ],
  [/delay|backlog|queue|\blag\b/i, { title: 'Delays', now: 'delays', past: 'delays' }],
];
const UNKNOWN_SYMPTOM: Symptom = {
  title: 'Problems',
  now: 'errors or slow responses',
  past: 'problems',
};

const ANSWERS: Record<string, (story: Story) => Answer> & {
  investigating: (story: Story) => Answer;
} = {
  investigating: ({ affected, symptom, isFollowUp }) => ({
    title: `${symptom.title} in ${affected}`,
    text: isFollowUp
      ? `We are still investigating ${symptom.past} in ${affected}. Some customers may continue ` +
        `to notice ${symptom.now}. Finding the cause has our full attention, and we will share ` +
        'what we learn here.'
      : `We are investigating ${symptom.past} in ${affected}. Some customers may notice ` +
        `${symptom.now}. Our engineers are looking for the cause, and we will share more here as ` +
        'soon as we can.',
  }),
  identified: ({ affected, symptom }) => ({
    title: `${symptom.title} in ${affected}`,
    text:
      `We have found what is causing ${symptom.past} in ${affected} and are working on a fix. ` +
      `Until it is in place, some customers may still notice ${symptom.now}. We will post ` +
      'another update when the fix is out.',
  }),
  monitoring: ({ affected, symptom }) => ({
    title: `${symptom.title} in ${affected}`,
    text:
      `A fix for ${symptom.past} in ${affected} is in place, and we can see service recovering. ` +
      'We are watching closely to make sure that it stays that way. If something failed for ' +
      'you earlier, please try again now.',
  }),
  resolved: ({ affected, symptom }) => ({
    title: `${symptom.title} in ${affected}`,
    text:
      `The incident that caused ${symptom.past} in ${affected} is over, and service is back to ` +
      'normal. We are sorry for the disruption and thank you for your patience. We will review ' +
      'what happened and use it to do better.',
  }),
};

function symptomOf(texts: readonly string[]): Symptom {
  for (const text of texts) {
    const found = SYMPTOMS.find(([pattern]) => pattern.test(text));
    if (found !== undefined) return found[1];
  }
  return UNKNOWN_SYMPTOM;
}

/** Alerts first: they name the symptom; people's notes name causes. */
function untrustedTexts(prompt: string): string[] {
  const blocks = [...prompt.matchAll(/<untrusted kind="(\w+)">\n([\s\S]*?)\n<\/untrusted>/g)];
  const alerts = blocks.filter(([, kind]) => kind === 'alert');
  const others = blocks.filter(([, kind]) => kind !== 'alert');
  return [...alerts, ...others].map(([, , text]) => text ?? '');
}

function joinNames(names: readonly string[]): string {
  const last = names.at(-1);
  if (last === undefined) return 'some of our services';
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** The first user message's text; empty when the request has another shape. */
function userText(request: unknown): string {
  const { messages } = (request ?? {}) as {
    messages?: { role?: string; content?: { text?: string }[] }[];
  };
  if (!Array.isArray(messages)) return '';
  const content = messages.find((message) => message?.role === 'user')?.content;
  return Array.isArray(content) ? content.map((block) => block?.text ?? '').join('\n') : '';
}
