import type { ComponentState, PageStatus } from '../../src/domain/statuspage-event-details.ts';
import type { PageFate } from '../gate/memory-page.ts';

/** Which incident or draft a step is about, counted from the newest: there may be fewer. */
type Nth = number;

/** One thing that somebody does. Plain, so that a history can be printed and played again. */
export type Deed =
  | { do: 'alert'; group: number; service: number; severity: number }
  | { do: 'alert over'; group: number }
  | { do: 'declare'; service: number; severity: number; by: string }
  | {
      do: 'draft';
      of: Nth;
      by: string;
      status: PageStatus;
      notify: boolean;
      components: Record<string, ComponentState>;
    }
  /** In the words of a command: components and impact are proposed. */
  | { do: 'propose'; of: Nth; by: string; status: PageStatus }
  | { do: 'edit'; draft: Nth; by: string; status: PageStatus }
  /** `lateS`: it was signed that long ago, and is taken up now. */
  | {
      do: 'approve' | 'withdraw' | 'adopt' | 'declare_absent';
      draft: Nth;
      by: string;
      lateS?: number;
    }
  | { do: 'reject' | 'break_glass'; draft: Nth; by: string }
  | { do: 'resolve' | 'reopen' | 'cancel' | 'mitigate' | 'ic' | 'leave page'; of: Nth; by: string }
  | { do: 'hand over'; of: Nth; by: string; to: string }
  | { do: 'severity'; of: Nth; by: string; to: number }
  | { do: 'fate'; fate: PageFate }
  | { do: 'remove'; index: number }
  | { do: 'delete card'; nth: Nth }
  | { do: 'component'; id: string; state: ComponentState }
  | { do: 'rest' }
  | { do: 'pass'; seconds: number };

/** `isHeld`: nothing that follows from it is done before the next step. */
export type Step = Deed & { isHeld?: true };
