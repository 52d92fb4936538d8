import { PUBLICATION_TOKEN_TYPE } from '../domain/approval-token.ts';
import type { GateView, StartedEvent } from '../domain/gate-view.ts';
import { canonicalSha256Hex } from '../domain/ids.ts';
import type { DeploymentIdentity } from './approval-checks.ts';
import type { NextPlace } from './incident-record.ts';
import { customersRead, soughtBy } from './page-presence.ts';
import type { Log, Signer } from './ports.ts';
import type { Fact } from './publication-chain.ts';
import { signedReceipt } from './publication-receipts.ts';
import { signToken } from './signatures.ts';
import type { PageIncident } from './status-page.ts';

type PublishedFactDeps = { signer: Signer; identity: DeploymentIdentity; log: Log };

/** The fact that an attempt is on the page, signed over its own place in the chain. */
export async function publishedFact(
  deps: PublishedFactDeps,
  of: {
    view: GateView;
    started: StartedEvent;
    answer: PageIncident;
    /** Found on the page rather than answered. */
    adopted: boolean;
    next: NextPlace;
  },
): Promise<Fact> {
  const { view, started, answer, adopted, next } = of;
  const facts = {
    ...reference(started),
    digest: started.details.digest,
    statuspageIncidentId: answer.statuspageIncidentId,
    pageDigest: canonicalSha256Hex(customersRead(answer, soughtBy(view, started))),
    adopted,
  };
  const page = { ...facts, link: answer.link };
  const publicationJws = await signToken(deps.signer, PUBLICATION_TOKEN_TYPE, {
    deployment: deps.identity.deployment,
    pageId: deps.identity.pageId,
    incidentId: view.revision.incidentId,
    seq: next.seq,
    prevHash: next.prevHash,
    ...facts,
    iat: Math.floor(Date.parse(next.at) / 1000),
    jti: `${facts.publicationId}#${facts.attempt}#published`,
  });
  const receipt = await signedReceipt(deps, { view, started, page, next });
  return { type: 'STATUSPAGE_PUBLISHED', details: { ...page, publicationJws, ...receipt } };
}

/** What names an attempt in each event about it. */
export function reference(started: StartedEvent) {
  const { draftId, revision, publicationId, attempt, attemptId } = started.details;
  return { draftId, revision, publicationId, attempt, attemptId };
}
