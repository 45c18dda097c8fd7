import { describe, expect, test } from "vitest";

import { openTextCache } from "../../server/adapters/git/text-cache.ts";

describe("openTextCache", () => {
  const text = (name: string, bytes: number) => ({ text: name, bytes });

  test("gives back what it was given, and forgets what was not used for longest", () => {
    const cache = openTextCache(80);
    for (let index = 0; index < 8; index += 1) cache.keep(`b${index}`, text(`t${index}`, 10));
    expect(cache.find("b0")).toEqual({ text: "t0", bytes: 10 });
    cache.keep("b8", text("t8", 10));
    expect(cache.find("b0")?.text).toBe("t0");
    expect(cache.find("b1")).toBe(null);
    expect(cache.find("b8")?.text).toBe("t8");
  });

  test("does not let one text push out all others, or the same count twice", () => {
    const cache = openTextCache(80);
    cache.keep("small", text("s", 10));
    cache.keep("large", text("l", 11));
    for (let round = 0; round < 20; round += 1) cache.keep("small", text("s", 10));
    expect(cache.find("large")).toBe(null);
    expect(cache.find("small")?.text).toBe("s");
  });

  test("keeps nothing where it has no room", () => {
    const cache = openTextCache(0);
    cache.keep("a", text("a", 1));
    expect(cache.find("a")).toBe(null);
  });
});
