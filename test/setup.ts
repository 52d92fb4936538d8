import fc from 'fast-check';
import { expect } from 'vitest';

// The same code must get the same verdict every time; the long proofs choose seeds of their own.
fc.configureGlobal({ seed: 20_261_122 });

type CodedError = Error & { code?: unknown };
type ErrorClass = abstract new (...args: never[]) => Error;

function check(received: unknown, errorClass: ErrorClass, code: string) {
  const error = received as CodedError;
  const pass = error instanceof errorClass && error.code === code;
  return {
    pass,
    message: () =>
      `expected ${errorClass.name} with code ${code}, got ${
        error instanceof Error
          ? `${error.name} ${String(error.code)}: ${error.message}`
          : 'no error'
      }`,
  };
}

expect.extend({
  /** `expect(() => f()).toThrowWithCode(SomeError, 'CODE')`, and with `await … .rejects`. */
  toThrowWithCode(received: unknown, errorClass: ErrorClass, code: string) {
    if (typeof received !== 'function') return check(received, errorClass, code);
    try {
      received();
    } catch (error) {
      return check(error, errorClass, code);
    }
    return check(undefined, errorClass, code);
  },
});

declare module 'vitest' {
  interface Matchers {
    toThrowWithCode(errorClass: ErrorClass, code: string): void;
  }
}
