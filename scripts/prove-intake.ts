import {
  eachOf,
  failsOnce,
  faultsOf,
  kills,
  killsAtEffects,
} from '../test/crash-matrix/disturbances.ts';
import type { MatrixOptions } from '../test/crash-matrix/run-matrix.ts';
import { STORIES } from '../test/crash-matrix/stories.ts';
import { type ProofOptions, prove, proveMatrix } from './proof.ts';

const USAGE = `usage: npm run prove:intake -- [--minutes N] [--seed N] [--sections a,b] [--only ACT] [--all]

Looks for a history in which an accepted alert is lost, a war room is opened twice or never
completed, or something that people asked for is done twice or not at all.

  crash           in the embedded world: the function is killed right before and right after every
                  call that has an effect, from an alert to the end of its incident
  faults          every call fails once, in turn: before its effect, by an answer that is lost after
                  it, by a limit, by no answer at all

  --all           killed at each look too, which leaves nothing behind; every other way to fail
  --minutes N     a random slice of all that
  --seed N        chooses the slice; the same seed, the same choice
  --sections a,b  only these
  --only ACT      disturb only this one: alert, declare, acknowledge, unreadable, resolve, ic …
`;

const APPEND = 'dynamodb:ExecuteStatement';
/** What may be played beside each other in one proof. */
const INTAKE_STORIES: MatrixOptions['stories'] = [
  { name: 'assembly' },
  { name: 'intake' },
  // The rest of these is the same assembly.
  { name: 'confirmed', wants: ({ fake, operation }) => fake === 'oncall' || APPEND === operation },
  { name: 'outbox', callers: ['alert-webhook', 'sweeper'] },
  { name: 'dead letter', callers: ['sweeper'] },
  { name: 'nobody', wants: ({ fake, operation }) => fake === 'slack' || APPEND === operation },
  { name: 'commands' },
  { name: 'schedules' },
];
/** Stories of which a slice kills functions; to find the calls of each takes a part of its time. */
const SLICE_STORIES = 2;

process.exitCode = await prove(
  {
    usage: USAGE,
    acts: INTAKE_STORIES.flatMap(({ name }) => STORIES[name].acts),
    sections: {
      crash: {
        share: 0.6,
        run: (options) =>
          proveMatrix(options, {
            matrix: 'crash',
            stories: storiesOf(options),
            cases: eachOf(options.isAll ? kills : killsAtEffects),
          }),
      },
      faults: {
        share: 0.4,
        run: (options) =>
          proveMatrix(options, {
            matrix: 'faults',
            stories: INTAKE_STORIES,
            cases: eachOf((call) =>
              options.isAll ? [...faultsOf(call), ...failsOnce(call)] : failsOnce(call),
            ),
          }),
      },
    },
  },
  process.argv.slice(2),
);

function storiesOf({ minutes, seed }: ProofOptions): MatrixOptions['stories'] {
  if (minutes === undefined) return INTAKE_STORIES;
  return Array.from(
    { length: SLICE_STORIES },
    (_, index) => INTAKE_STORIES[(seed + 2 * index) % INTAKE_STORIES.length]!,
  );
}
