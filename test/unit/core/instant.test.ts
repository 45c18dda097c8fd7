import * as fc from "fast-check";
import { expect, test } from "vitest";

import { hoursBetween } from "../../../server/core/instant.ts";

test("counts hours as the calendar does", () => {
  const instant = fc.date({
    min: new Date("1970-01-01"),
    max: new Date("2199-12-31"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(instant, instant, (from, to) => {
      const whole = (date: Date) => Math.floor(date.getTime() / 1000);
      expect(hoursBetween(from.toISOString(), to.toISOString())).toBeCloseTo(
        (whole(to) - whole(from)) / 3600,
        6,
      );
    }),
  );
});

test.for(["", "yesterday", "2026-06-01", "2026-06-01T12:00:00+02:00"])(
  "%s is no instant",
  (text) => {
    expect(hoursBetween(text, "2026-06-01T12:00:00.000Z")).toBeNull();
  },
);
