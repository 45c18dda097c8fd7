const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?Z$/u;

/** Hours from one instant to a later one (ISO 8601, UTC); null where one of them is none. */
export function hoursBetween(earlier: string, later: string): number | null {
  const [from, to] = [secondsOf(earlier), secondsOf(later)];
  return from === null || to === null ? null : (to - from) / 3600;
}

/** Seconds since 1970 of an instant of the Gregorian calendar. */
function secondsOf(instant: string): number | null {
  const parts = INSTANT.exec(instant)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  // Years that begin in March put the leap day at the end.
  const shifted = month <= 2 ? year - 1 : year;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const days = shifted * 365 + leaps + ofYear - 719_468;
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}
