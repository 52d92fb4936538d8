/** What the world sends to a function's process. */
export type ToProcess =
  | { kind: 'clock'; offsetMs: number }
  | { kind: 'invoke'; id: number; event: unknown };

/** What a function's process sends to the world. */
export type FromProcess =
  | { kind: 'ready' }
  | { kind: 'refused'; isConfiguration: boolean; message: string }
  | { kind: 'answered'; id: number; answer: unknown }
  | { kind: 'failed'; id: number; message: string; stack: string }
  | { kind: 'log'; line: string };
