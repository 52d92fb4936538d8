/** A moment on the wall clock of a deployment, as its approval policy sees it. */
export type CalendarMoment = {
  /** 1 Monday to 7 Sunday. */
  weekday: number;
  /** 0 at midnight to 1439. */
  minuteOfDay: number;
};

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** Whether this is a time zone by its IANA name, such as `Europe/Lisbon` or `UTC`. */
export function isTimeZone(name: string): boolean {
  // An offset such as +01:00 is known to newer engines only, and knows no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    clockIn(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Day and minute of moments in one time zone, summer time included.
 * @param timeZone - an IANA name; anything else throws RangeError
 * @returns a function of an RFC 3339 time; it throws RangeError for anything else
 */
export function calendarIn(timeZone: string): (at: string) => CalendarMoment {
  const clock = clockIn(timeZone);
  return (at) => {
    const parts = new Map(
      clock.formatToParts(Date.parse(at)).map((part) => [part.type, part.value]),
    );
    return {
      weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1,
      minuteOfDay: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    };
  };
}

function clockIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}
