import { sha256Hex } from '../../src/domain/ids.ts';
import { textOf } from '../../src/domain/sentence.ts';
import type { PersonRequest } from '../../src/services/forms.ts';
import type { RoomMessage } from '../../src/services/room-messages.ts';

let asked = 0;

/** A command as a member types it; each is another request. */
export function personRequest(of: {
  by: string;
  channelId: string | null;
  text: string;
  /** Where only the asker is answered. */
  responseUrl?: string;
}): PersonRequest & { kind: 'command' } {
  const { text, responseUrl = null } = of;
  return { ...common(of), kind: 'command', text, responseUrl };
}

/** A click on a button of ours. */
export function clickOf(of: {
  by: string;
  channelId: string | null;
  actionId: string;
  value: unknown;
}): PersonRequest & { kind: 'click' } {
  const { actionId } = of;
  const value = JSON.stringify(of.value);
  return { ...common(of), kind: 'click', actionId, value, messageTs: null };
}

/** A form that somebody sends in. */
export function submitOf(
  by: string,
  form: Omit<Extract<PersonRequest, { kind: 'submit'; form: 'declare' }>, keyof Common | 'kind'>,
): PersonRequest {
  return { ...common({ by, channelId: null }), kind: 'submit', ...form };
}

type Common = ReturnType<typeof common>;

/** An answer with its sentences as mere text. */
export function plain(answer: RoomMessage | null): unknown {
  if (answer?.kind === 'line') return { ...answer, text: textOf(answer.text) };
  if (answer?.kind !== 'refusal') return answer;
  const { text, rule } = answer;
  return { ...answer, text: textOf(text), ...(rule ? { rule: textOf(rule) } : {}) };
}

function common({ by, channelId }: { by: string; channelId: string | null }) {
  asked += 1;
  return {
    requestSha256: sha256Hex(`asked ${asked}`),
    signedAtS: 1_780_000_000,
    userId: by,
    channelId,
    responseUrl: null,
  };
}
