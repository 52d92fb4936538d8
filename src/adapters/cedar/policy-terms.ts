/** Names in a policy, read from Cedar's own JSON form of it. */

type Reference = { type: string; id: string };

/** Actions that a policy's scope names, or null when it names none and means all. */
export function actionsNamed(policy: { action: unknown }): string[] | null {
  const scope = policy.action as {
    op: string;
    entity?: Reference;
    entities?: Reference[];
  };
  if (scope.op === 'All') return null;
  return [...(scope.entities ?? []), ...(scope.entity ? [scope.entity] : [])].map(({ id }) => id);
}

/** The role in which somebody must be for the policy to concern them, if its scope names one. */
export function roleOfScope(policy: { principal: unknown }): string | null {
  return rolesNamed(policy.principal)[0] ?? null;
}

/** Every role that is named anywhere. */
export function rolesNamed(term: unknown): string[] {
  return [...nodesOf(term)].flatMap((node) =>
    node.type === 'Role' && typeof node.id === 'string' ? [node.id] : [],
  );
}

/** Every text that an attribute is compared with by `==` or `!=`. */
export function comparedWith(term: unknown, attribute: string): string[] {
  return [...nodesOf(term)].flatMap((node) => {
    const sides = (node['=='] ?? node['!=']) as { left?: Node; right?: Node } | undefined;
    const { left = {}, right = {} } = sides ?? {};
    const isCompared = [left, right].some((side) => (side['.'] as Node)?.attr === attribute);
    if (!isCompared) return [];
    return [left.Value, right.Value].filter((value) => typeof value === 'string');
  });
}

/** Whether it asks about the context, which here is the time of the decision. */
export function namesContext(term: unknown): boolean {
  return [...nodesOf(term)].some((node) => node.Var === 'context');
}

type Node = Record<string, unknown>;

function* nodesOf(term: unknown): Generator<Node> {
  if (typeof term !== 'object' || term === null) return;
  if (!Array.isArray(term)) yield term as Node;
  for (const value of Object.values(term)) yield* nodesOf(value);
}
