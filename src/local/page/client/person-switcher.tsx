import { actAs } from './actions.ts';
import { Menu } from './menu.tsx';
import { actingPerson, hueOf, initials, roleWords, shownChannel } from './names.ts';
import { getState } from './store.ts';

/** Initials on the person's colour; decoration, the name stands beside it. */
export function Avatar({ id, name }: { id: string; name: string }) {
  return (
    <span class={`avatar hue-${hueOf(id)}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

/** Chooses whom to act as: every button, command and form is that person's. */
export function PersonSwitcher() {
  const { people } = getState().world;
  const acting = actingPerson();
  const room = shownChannel();
  if (!acting) return null;
  const items = people
    .filter(({ kind }) => kind !== 'bot')
    .map((person) => ({
      id: person.name,
      checked: person.id === acting.id,
      run: () => actAs(person.id),
      label: (
        <>
          <Avatar id={person.id} name={person.realName} />
          <span class="who">
            <strong>{person.realName}</strong>
            <small>
              {roleWords(person)}
              {room?.members.includes(person.id) ? ' · in this room' : ''}
            </small>
          </span>
        </>
      ),
    }));
  return (
    <Menu
      testId="person-switcher"
      class="person-switcher"
      items={items}
      label={
        <>
          <Avatar id={acting.id} name={acting.realName} />
          <span class="who">
            <small>You are</small>
            <strong data-testid="acting-name">{acting.realName}</strong>
            <span class="visually-hidden">{roleWords(acting)}. Change person</span>
          </span>
          <span class="caret" aria-hidden="true">
            ▾
          </span>
        </>
      }
    />
  );
}
