/**
 * The mailbox behind an e-mail address, for telling whether two accounts are one person: case does
 * not count, and neither does a tag (`name+tag@`), unless the deployment says it does.
 */
export function mailboxOf(email: string, { foldPlusAddresses }: { foldPlusAddresses: boolean }) {
  const address = email.trim().toLowerCase();
  const [, name, domain] = /^([^@+]+)\+[^@]*(@.+)$/.exec(address) ?? [];
  return foldPlusAddresses && name !== undefined ? `${name}${domain}` : address;
}
