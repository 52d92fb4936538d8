import { createHash } from 'node:crypto';

/** A `directory_user`. https://workos.com/docs/reference/directory-sync/directory-user */
export type DirectoryUser = { id: string } & Record<string, unknown>;

const DIRECTORY_ID = 'directory_01LOCALEXAMPLE';
const ORGANIZATION_ID = 'org_01LOCALEXAMPLE';

/** The group that `config/routing.json` names, and who is in it. */
export function exampleGroups(): Record<string, DirectoryUser[]> {
  return {
    directory_group_01LOCALCHECKOUT: [
      directoryUser('maya.ito@example.com'),
      directoryUser('jonas.berg@example.com'),
      directoryUser('omar.haddad@example.com', 'inactive'),
    ],
  };
}

/** One user, as the API shows it. */
export function directoryUser(
  email: string,
  state: 'active' | 'inactive' | 'suspended' = 'active',
): DirectoryUser {
  const [name = ''] = email.split('@');
  const [firstName = '', lastName = ''] = name.split('.').map(capitalised);
  const digest = createHash('sha256').update(email).digest('hex').toUpperCase();
  return {
    object: 'directory_user',
    id: `directory_user_01${digest.slice(0, 24)}`,
    directory_id: DIRECTORY_ID,
    organization_id: ORGANIZATION_ID,
    idp_id: digest.slice(24, 36),
    email,
    first_name: firstName,
    last_name: lastName,
    emails: [{ primary: true, type: 'work', value: email }],
    job_title: null,
    username: name,
    state,
    raw_attributes: {},
    custom_attributes: {},
    groups: [],
    created_at: '2026-01-15T12:00:00.000Z',
    updated_at: '2026-01-15T12:00:00.000Z',
  };
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
