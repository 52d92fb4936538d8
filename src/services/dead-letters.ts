/** One message that was set aside, as it was sent. */
export type DeadLetter = {
  body: string;
  /** FIFO group. */
  group: string;
  deduplicationId: string;
  /** How often it was sent back before. */
  returns: number;
  /** When it was put there, epoch ms. */
  sinceMs: number;
  /** Names this receipt to the queue; good for a short while. */
  receipt: string;
};

/**
 * The dead-letter queue of incidents.fifo.
 * @throws {DeliveryError} `QUEUE_UNAVAILABLE` (retryable)
 */
export interface DeadLetters {
  /** A few messages, hidden from other readers for 30 s. Empty: there are none to be had now. */
  receive(): Promise<DeadLetter[]>;
  /**
   * Puts a copy back on incidents.fifo that counts one return more. Durable when it resolves; safe to
   * repeat within 5 min, and after that as harmless as any second delivery.
   */
  sendBack(letter: DeadLetter): Promise<void>;
  /** Takes the message out of the dead-letter queue. Safe to repeat. */
  remove(letter: DeadLetter): Promise<void>;
  /** Lets other readers see it again at once. Safe to repeat. */
  release(letter: DeadLetter): Promise<void>;
}
